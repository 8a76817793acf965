"""A stub of S3's ListObjectsV2 on loopback, quick enough for a million keys.

It answers pages of 1,000 keys out of a list that it computes, and nothing else of S3.

    python -m sparkify_dagster_tests.automation.s3_listing --songs 1000000 --months 100

measures a tick of each sensor over it: time, memory, requests.
"""

import argparse
import os
import threading
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock
from urllib.parse import parse_qs, urlsplit

_PAGE = 1_000
_CONTENT = (
    "<Contents><Key>{key}</Key><LastModified>2018-11-01T00:00:00.000Z</LastModified>"
    "<ETag>&quot;{etag:032x}&quot;</ETag><Size>300</Size>"
    "<StorageClass>STANDARD</StorageClass></Contents>"
)
_ANSWER = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>lake</Name>'
    "<Prefix></Prefix><MaxKeys>1000</MaxKeys><KeyCount>{count}</KeyCount>"
    "<IsTruncated>{more}</IsTruncated>{token}{contents}</ListBucketResult>"
)


@dataclass
class Lake:
    """The keys that are listed, in order, and what was asked; `seconds` a page are waited."""

    keys: Sequence[str]
    seconds: float = 0.0
    changed: set[str] = field(default_factory=set)
    requests: int = 0

    def page(self, prefix: str, after: str) -> str:
        """Answer one request."""
        from bisect import bisect_left, bisect_right

        self.requests += 1
        time.sleep(self.seconds)
        first = bisect_right(self.keys, after) if after else bisect_left(self.keys, prefix)
        found = [key for key in self.keys[first : first + _PAGE] if key.startswith(prefix)]
        more = len(found) == _PAGE
        token = f"<NextContinuationToken>{found[-1]}</NextContinuationToken>" if more else ""
        contents = (
            _CONTENT.format(key=key, etag=hash(key) & (2**64 - 1) ^ (key in self.changed))
            for key in found
        )
        return _ANSWER.format(
            count=len(found), more=str(more).lower(), token=token, contents="".join(contents)
        )


@contextmanager
def serving(lake: Lake) -> Iterator[None]:
    """Serve a lake as AWS's S3 for the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = {name: given[0] for name, given in parse_qs(urlsplit(self.path).query).items()}
            after = asked.get("continuation-token") or asked.get("start-after", "")
            body = lake.page(asked.get("prefix", ""), after).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    aws = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "stub",
        "AWS_SECRET_ACCESS_KEY": "stub",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    try:
        with mock.patch.dict(os.environ, aws):
            yield
    finally:
        server.shutdown()
        server.server_close()


def song_keys(count: int) -> list[str]:
    """Give the keys of so many songs, in S3's order."""
    letters = [chr(65 + number) for number in range(26)]
    keys = []
    for number in range(count):
        a, b, c = letters[number % 26], letters[number // 26 % 26], letters[number // 676 % 26]
        keys.append(f"source/song_data/{a}/{b}/{c}/TR{a}{b}{c}{number:013}.json")
    return sorted(keys)


def log_keys(months: int, files: int) -> list[str]:
    """Give the keys of so many months of logs, in S3's order."""
    return [
        f"source/log_data/{2018 + (10 + m) // 12}/{(10 + m) % 12 + 1:02}/{file:05}-events.json"
        for m in range(months)
        for file in range(files)
    ]


def measure(prefix: str, lake: Lake) -> None:
    """List a prefix as ticks do, until its end, and print what it took."""
    from sparkify_dagster.automation.requests import Scan
    from sparkify_dagster.automation.sensors import LISTING_SECONDS, list_on
    from sparkify_dagster.lake.source import open_source

    source, scan, ticks, longest = open_source("s3://lake/source"), Scan(), 0, 0.0
    next(source.files(prefix))  # the client's own start
    lake.requests = 0
    began, cpu = time.monotonic(), time.process_time()
    while True:
        at = time.monotonic()
        listed = list_on(source, prefix, scan, LISTING_SECONDS)
        scan, ticks, longest = listed.scan, ticks + 1, max(longest, time.monotonic() - at)
        if listed.whole:
            break
    print(
        f"{prefix}: {len(lake.keys):,} keys, {lake.seconds * 1000:.0f} ms a request: "
        f"{time.monotonic() - began:.1f} s ({time.process_time() - cpu:.1f} s of CPU, the stub's "
        f"among it), {lake.requests:,} requests, {ticks} ticks, the longest {longest:.1f} s"
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--songs", type=int, default=1_000_000)
    parser.add_argument("--months", type=int, default=100)
    parser.add_argument("--files-a-month", type=int, default=744)
    parser.add_argument("--milliseconds", type=int, default=0, help="waited a request")
    options = parser.parse_args()
    for prefix, keys in (
        ("log_data/", log_keys(options.months, options.files_a_month)),
        ("song_data/", song_keys(options.songs)),
    ):
        lake = Lake(keys, options.milliseconds / 1000)
        with serving(lake):
            measure(prefix, lake)
    lake = Lake(song_keys(100_000))
    with serving(lake):
        tracemalloc.start()
        measure("song_data/", lake)
        print(f"the listing of 100,000 keys held {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
