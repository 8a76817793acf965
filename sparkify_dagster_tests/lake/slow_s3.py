"""An S3 on loopback that answers after a while, and counts how many requests are under way."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE = 1000


@dataclass
class SlowS3:
    """What the server holds and what befell it; `faults` are answers given before the object's."""

    objects: dict[str, bytes] = field(default_factory=dict)
    delay: float = 0.0
    faults: dict[str, list[int | str]] = field(default_factory=dict)
    gets: list[str] = field(default_factory=list)
    url: str = ""
    most_under_way: int = 0
    under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def etag(self, key: str) -> str:
        """Give an object's ETag."""
        return f'"{hash(self.objects[key]) & 0xFFFFFFFF:08x}"'

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count a request for as long as the block lasts."""
        with self.lock:
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            yield
        finally:
            with self.lock:
                self.under_way -= 1


@contextmanager
def running(s3: SlowS3) -> Iterator[SlowS3]:
    """Serve on a free port of loopback."""

    class Handler(_Handler):
        store = s3

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    s3.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield s3
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    store: SlowS3

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        with self.store.counted():
            time.sleep(self.store.delay)
            if "list-type" in query:
                self._list(query)
            else:
                self._get(unquote(parts.path).split("/", 2)[2])

    def _list(self, query: dict[str, list[str]]) -> None:
        prefix = query.get("prefix", [""])[0]
        after = query.get("continuation-token", query.get("start-after", [""]))[0]
        keys = sorted(k for k in self.store.objects if k.startswith(prefix) and k > after)
        page = keys[:PAGE]
        more = "true" if len(keys) > PAGE else "false"
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if page else ""
        contents = "".join(
            f"<Contents><Key>{escape(k)}</Key><Size>{len(self.store.objects[k])}</Size>"
            f"<ETag>{self.store.etag(k)}</ETag>"
            "<LastModified>is not parsed, which takes most of a listing's time</LastModified>"
            "</Contents>"
            for k in page
        )
        truncated = f"<IsTruncated>{more}</IsTruncated>"
        self._answer(200, f"<R>{truncated}{token}{contents}</R>".encode())

    def _get(self, key: str) -> None:
        with self.store.lock:
            self.store.gets.append(key)
            faults = self.store.faults.get(key, [])
            fault = faults.pop(0) if faults else None
        first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        begin, body = int(first), self.store.objects.get(key, b"")
        body = body[: int(last) + 1] if last else body
        if isinstance(fault, int):
            self._answer(fault, b"<Error><Code>SlowDown</Code></Error>")
        elif key not in self.store.objects:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        elif self.headers.get("If-Match") != self.store.etag(key):
            self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        elif fault == "break off":
            self._answer(206 if begin else 200, body[begin:], sent=len(body[begin:]) // 2)
        else:
            self._answer(206 if begin else 200, body[begin:], etag=self.store.etag(key))

    def _answer(self, status: int, body: bytes, *, etag: str = "", sent: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if etag:
            self.send_header("ETag", etag)
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(body[:sent])
        if sent is not None:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def credentials(url: str) -> dict[str, str]:
    """Give the environment that leads boto3 to the server."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def song(number: int) -> bytes:
    """Give the text of a song file."""
    record = {"song_id": f"S{number}", "title": "T", "artist_id": "A", "artist_name": "N"}
    return json.dumps(record).encode()
