"""A stub of S3's ListObjectsV2 on loopback, quick enough for a million keys.

It answers pages of 1,000 keys out of a list that it computes, and nothing else of S3.

    python -m sparkify_dagster_tests.defs.s3_listing --songs 1000000 --months 100

measures the ticks of each sensor over it: time, memory, requests. The stub has a process of its
own, so that time of CPU and memory are the ticks' alone.
"""

import argparse
import multiprocessing
import os
import resource
import sys
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from unittest import mock
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

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
    requests: int = 0

    def page(self, prefix: str, after: str) -> str:
        """Answer one request."""
        self.requests += 1
        time.sleep(self.seconds)
        first = bisect_right(self.keys, after) if after else bisect_left(self.keys, prefix)
        found = [key for key in self.keys[first : first + _PAGE] if key.startswith(prefix)]
        more = len(found) == _PAGE
        token = f"<NextContinuationToken>{found[-1]}</NextContinuationToken>" if more else ""
        contents = (_CONTENT.format(key=key, etag=hash(key) & (2**64 - 1)) for key in found)
        return _ANSWER.format(
            count=len(found), more=str(more).lower(), token=token, contents="".join(contents)
        )


def serve(lake: Lake) -> ThreadingHTTPServer:
    """Start to serve a lake, in a thread."""

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
    return server


def _serve_apart(options: argparse.Namespace, prefix: str, pipe: "Connection") -> None:
    """Serve the keys of a prefix; answer each message with the requests since the one before."""
    keys = {
        "log_data/": lambda: log_keys(options.months, options.files_a_month),
        "song_data/": lambda: song_keys(options.songs),
    }[prefix]()
    lake = Lake(keys, options.milliseconds / 1000)
    server = serve(lake)
    pipe.send((server.server_port, len(keys)))
    while pipe.recv():
        pipe.send(lake.requests)
        lake.requests = 0
    server.shutdown()


@contextmanager
def serving(options: argparse.Namespace, prefix: str) -> "Iterator[tuple[Connection, int]]":
    """Serve the keys of a prefix, from another process, as AWS's S3 for the block.

    Gives the pipe to that process, and how many keys there are.
    """
    apart = multiprocessing.get_context("spawn")
    pipe, theirs = apart.Pipe()
    process = apart.Process(target=_serve_apart, args=(options, prefix, theirs), daemon=True)
    process.start()
    port, keys = pipe.recv()
    aws = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "stub",
        "AWS_SECRET_ACCESS_KEY": "stub",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with mock.patch.dict(os.environ, aws):
        yield pipe, keys
    pipe.send(False)
    process.join()


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


def measure(prefix: str, pipe: "Connection", keys: int) -> None:
    """List a prefix as ticks do, until its end, and print what it took."""
    from sparkify_dagster.defs.requests import Scan
    from sparkify_dagster.defs.sensors import LISTING_SECONDS, list_on
    from sparkify_dagster.lake.locate import open_source

    source, scan, ticks, longest = open_source("s3://lake/source"), Scan(), 0, 0.0
    next(source.files(prefix))  # the client's own start
    _ask_for_requests(pipe)
    before = _peak_memory()
    began, cpu = time.monotonic(), time.process_time()
    while True:
        at = time.monotonic()
        listed = list_on(source, prefix, scan, LISTING_SECONDS)
        scan, ticks, longest = listed.scan, ticks + 1, max(longest, time.monotonic() - at)
        if listed.whole:
            break
    print(
        f"{prefix}: {keys:,} keys, {_ask_for_requests(pipe):,} requests, {ticks} ticks, "
        f"the longest {longest:.1f} s; {time.monotonic() - began:.1f} s in all, "
        f"{time.process_time() - cpu:.1f} s of CPU; memory at most {_peak_memory():.0f} MB, "
        f"{before:.0f} MB of it before the first key"
    )


def _ask_for_requests(pipe: "Connection") -> int:
    pipe.send(True)
    requests: int = pipe.recv()
    return requests


def _peak_memory() -> float:
    """Give the most memory that this process ever had, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--songs", type=int, default=1_000_000)
    parser.add_argument("--months", type=int, default=100)
    parser.add_argument("--files-a-month", type=int, default=744)
    parser.add_argument("--milliseconds", type=int, default=0, help="waited a request")
    options = parser.parse_args()
    for prefix in ("log_data/", "song_data/"):
        with serving(options, prefix) as (pipe, keys):
            measure(prefix, pipe, keys)


if __name__ == "__main__":
    main()
