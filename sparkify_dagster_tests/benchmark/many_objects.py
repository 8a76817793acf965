"""How small objects are read from S3: staging 15,000 of them from a server that takes its time.

The server answers each GET after a delay and does nothing else; it is limited by the delay as long
as enough requests are under way. `python -m sparkify_dagster_tests.benchmark.many_objects [MS]`.
"""

import asyncio
import json
import multiprocessing
import os
import resource
import sys
import time
import urllib.request
from typing import Any

from sparkify_dagster.lake import datasets
from sparkify_dagster.lake.loader import stage
from sparkify_dagster.lake.s3 import S3Source
from sparkify_dagster.lake.source import SourceFile
from sparkify_dagster.lake.staging import StagingTask
from sparkify_dagster_tests.lake.reading import staging
from sparkify_dagster_tests.lake.slow_s3 import credentials, song

OBJECTS = 15_000
_END = b"\r\n\r\n"


class Server:
    """Answers every GET with the same song, and sums up how many were under way at each arrival."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._counts = {"under way": 0, "most": 0, "sum": 0, "requests": 0}

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            while head := await reader.readuntil(_END):
                if head.startswith(b"GET /counts "):
                    self._write(writer, json.dumps(self._counts).encode())
                    continue
                self._arrived()
                await asyncio.sleep(self._delay)
                self._counts["under way"] -= 1
                self._write(writer, song(1))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _arrived(self) -> None:
        result = self._counts
        result["under way"] += 1
        result["requests"] += 1
        result["sum"] += result["under way"]
        result["most"] = max(result["most"], result["under way"])

    @staticmethod
    def _write(writer: asyncio.StreamWriter, body: bytes) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


def serve(delay: float, port: Any) -> None:
    """Serve until the process ends."""

    async def run() -> None:
        server = await asyncio.start_server(Server(delay).answer, "127.0.0.1", 0)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(run())


def measure(delay: float) -> None:
    """Stage the objects, and print what the server saw."""
    port = multiprocessing.Value("i", 0)
    server = multiprocessing.Process(target=serve, args=(delay, port), daemon=True)
    server.start()
    while not port.value:
        time.sleep(0.05)
    url = f"http://127.0.0.1:{port.value}"
    os.environ |= credentials(url)
    source = S3Source("s3://lake/raw")
    size = len(song(1))
    files = [SourceFile(f"song_data/{n:06}.json", size, "etag", None) for n in range(OBJECTS)]
    begin = time.perf_counter()
    stage(StagingTask(source, datasets.songs(), files, None, 0), staging(datasets.songs()))
    seconds = time.perf_counter() - begin
    with urllib.request.urlopen(f"{url}/counts") as answer:  # noqa: S310 - http on loopback
        result = json.load(answer)
    server.terminate()
    print(
        f"{OBJECTS} objects, each after {delay * 1000:.0f} ms: {seconds:.1f} s, "
        f"{result['sum'] / result['requests']:.1f} requests under way on average, "
        f"{result['most']} at most; memory "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"
    )


if __name__ == "__main__":
    measure(float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 0.02)
