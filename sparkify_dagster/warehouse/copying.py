"""Rows as PostgreSQL's COPY reads them, made as they are read."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

READ_BYTES = 1 << 20

# COPY's text format: values parted by tabs, rows by newlines, NULL as \N.
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_ROWS = 1_000


class CopyText:
    """A stream of rows in COPY's text format; it holds no more of them than a thousand.

    What goes wrong with a row is kept as `error`: psycopg2 reports only that COPY was cancelled.
    """

    def __init__(self, rows: Iterable[Sequence[object]]) -> None:
        self._blocks = _blocks(iter(rows))
        self._rest = b""
        self.error: Exception | None = None

    def read(self, size: int) -> bytes:
        """Give up to so many bytes, none at the end."""
        try:
            block = self._rest or next(self._blocks, b"")
        except Exception as error:
            self.error = error
            raise
        self._rest = block[size:]
        return block[:size]


def _blocks(rows: Iterator[Sequence[object]]) -> Iterator[bytes]:
    while some := list(islice(rows, _ROWS)):
        yield "".join("\t".join(map(_text, row)) + "\n" for row in some).encode()


def _text(value: object) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return str(value)
