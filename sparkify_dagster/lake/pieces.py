"""A long file cut into pieces for the bulk parser."""

from dataclasses import dataclass
from pathlib import Path

from sparkify_dagster.lake import limits
from sparkify_dagster.lake.bulk_text import BulkText, numbered_lines
from sparkify_dagster.lake.gunzip import BROKEN_GZIP
from sparkify_dagster.lake.source import SourceFile
from sparkify_dagster.lake.text import PlainText


@dataclass(frozen=True)
class Piece:
    """Whole lines of a long file; `text` is None if the file has to be read record by record."""

    text: Path | None
    offset: int  # of its first byte in the file's plain text
    lines: int  # before it
    records: int  # before it


class PieceWriter:
    """Writes the pieces of a long file, each up to the end of a line."""

    def __init__(self, file: SourceFile, *, positions: bool) -> None:
        self._file = file
        self._positions = positions
        self._checked = BulkText(file)
        self._rest = b""
        self._offset, self._lines, self._records = 0, 0, 0

    def write(self, plain: PlainText, target: Path) -> tuple[Piece, bool]:
        """Write the next piece; say whether it is the last."""
        ended, size = False, 0
        begin = (self._offset, self._lines, self._records)
        with target.open("wb") as out:
            while not ended and size < limits.PIECE_BYTES and self._checked.sound:
                lines, ended = self._read_lines(plain)
                size += len(lines)
                self._lines += lines.count(b"\n")
                out.writelines(self._numbered(lines) if self._positions else [lines])
        self._offset += size
        if not (self._checked.complete if ended else self._checked.sound):
            target.unlink()
            return Piece(None, *begin), True
        return Piece(target, *begin), ended

    def _read_lines(self, plain: PlainText) -> tuple[bytes, bool]:
        try:
            block = plain.read1()
        except BROKEN_GZIP:
            self._checked.fault = True
            return b"", True
        self._checked.add(block)
        if not block:
            lines, self._rest = self._rest, b""
            return lines, True
        lines, end, rest = (self._rest + block).rpartition(b"\n")
        self._rest = rest
        return lines + end, False

    def _numbered(self, lines: bytes) -> list[bytes]:
        numbered = numbered_lines(self._file, lines, self._records)
        self._records += len(numbered)
        return numbered
