"""Files that are meant to do harm: bombs, endless lines, deep nesting, links, wrong kinds."""

import bz2
import gzip
import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sparkify_dagster_tests.lake.reading import event

Outcome = Literal["broken", "rejects", "good"]

MIB = 1 << 20
GOOD = json.dumps(event()).encode() + b"\n"


@dataclass(frozen=True)
class Payload:
    """A hostile file, and what must become of its month; a link if it has a target."""

    name: str
    outcome: Outcome
    content: bytes = b""
    link: str = ""


def payloads(line: int) -> Iterator[Payload]:
    """Yield the payloads; `line` is the length of endless lines, in bytes."""
    yield from _bombs()
    yield from payloads_without_bombs(line)


def bomb(size: int) -> Payload:
    """Make a gzip of blank lines that expands to `size` bytes, a thousand times its own size."""
    return Payload("a.json.gz", "broken", gzip.compress(b"\n" * 64 * MIB, 9) * (size // 64 // MIB))


def payloads_without_bombs(line: int) -> Iterator[Payload]:
    """Yield the payloads that do not depend on how far a file may expand."""
    yield from _endless(line)
    yield from _nested()
    yield from _other_kinds()
    for target in ("/proc/self/environ", "/etc/passwd", "/dev/zero", "/dev/stdin", "a.json"):
        yield Payload("a.json", "broken", link=target)
    yield Payload("a.json", "good", link="..")  # no folder of the layout


def _bombs() -> Iterator[Payload]:
    for begin, fill in (
        (b"", b"\0"),
        (b"", b" "),
        (b"", b"\n"),
        (b'{"x": "', b"x"),
        (b"[", b"[],"),
    ):
        bomb = gzip.compress(begin + fill * (64 * MIB // len(fill)), 9)
        yield Payload("a.json.gz", "broken", bomb)
    members = gzip.compress(b"\n" * MIB, 9) * 64
    yield Payload("a.json.gz", "broken", members)
    inner = gzip.compress(gzip.compress(b"\n" * 64 * MIB, 9), 9)
    yield Payload("a.json.gz", "broken", inner)


def _endless(line: int) -> Iterator[Payload]:
    for begin in (b"", b"{", b'{"page": "', b'"'):
        yield Payload("a.json", "rejects", GOOD + begin + b"x" * line + b"\n" + GOOD)
    yield Payload("a.json", "broken", b"[1" + b",1" * (line // 2))
    yield Payload("a.json", "good", b" " * line + GOOD)


def _nested() -> Iterator[Payload]:
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        for depth in (101, 5_000, 500_000):
            value = opening * depth + b"1" + closing * depth
            yield Payload("a.json", "rejects", GOOD + b'{"x": ' + value + b"}\n" + GOOD)
    many = b'{"x": [' + b"[],{}," * 600_000 + b"1]}\n"
    yield Payload("a.json", "rejects", GOOD + b"null\n" + many)
    keys = b"{" + b",".join(b'"%d":%d' % (n, n) for n in range(250_000)) + b"}\n"
    yield Payload("a.json", "rejects", GOOD + keys)
    string = b'{"x": "' + b"y" * 3_900_000 + b'", "z": "' + b"[" * 200 + b'"}\n'
    yield Payload("a.json", "rejects", GOOD + string)


def _other_kinds() -> Iterator[Payload]:
    text = GOOD * 20_000
    yield Payload("a.json", "broken", gzip.compress(text))
    yield Payload("a.json", "broken", bz2.compress(text))
    yield Payload("a.json", "broken", lzma.compress(text))
    yield Payload("a.json", "broken", text.decode().encode("utf-16"))
    yield Payload("a.json.gz", "broken", text)
    yield Payload("a.json", "broken", b"[" + b",".join([GOOD] * 60_000) + b"]")
