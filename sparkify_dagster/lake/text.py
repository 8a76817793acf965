"""The plain text of one source file, read once from beginning to end.

Every way into a file goes through here: it is validated at its beginning, its bytes are digested,
and an archive that expands beyond measure is refused.
"""

import hashlib
import io
from collections.abc import Callable
from typing import BinaryIO, Self

from sparkify_dagster.errors import SourceError
from sparkify_dagster.lake import limits
from sparkify_dagster.lake.broken import BrokenFileError, Fault, fault_of_raw, fault_of_text
from sparkify_dagster.lake.gunzip import BROKEN_GZIP, Gunzip
from sparkify_dagster.lake.source import Source, SourceChanged, SourceFile

_HEAD = 512
_BOMB = Fault(
    f"gzip that expands to more than {limits.LARGEST_EXPANSION} times its size",
    "look whether it is a log at all; if so, store it uncompressed",
)


class PlainText:
    """The plain text of a file, as a stream; to be used as a context manager.

    Raises BrokenFileError, SourceChanged and SourceError when it is made and when it is read, and
    one of BROKEN_GZIP where a gzip breaks off or is corrupt.
    """

    def __init__(self, source: Source, file: SourceFile) -> None:
        self._source = source
        self._file = file
        self._size = 0
        self._stream = source.open(file)
        self._break: Exception | None = None
        try:
            self._raw = _Digested(self._stream, self._reading(self._stream.read, _HEAD))
            self._refuse(fault_of_raw(file.path, self._raw.head))
            self._read: Callable[[int], bytes] = self._raw.read
            if file.zipped:
                self._read = Gunzip(self._raw.read).read1
            self._begin = self._read_begin()
            if file.zipped:
                self._refuse(fault_of_text(self._begin))
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def read1(self, size: int = limits.BLOCK) -> bytes:
        """Read some bytes, none at the end."""
        if self._begin:
            block, self._begin = self._begin[:size], self._begin[size:]
            return block
        if self._break:
            raise self._break
        return self._step(size)

    def finish(self) -> str:
        """Read the rest, refuse a file that changed meanwhile, and give the file's digest."""
        known = self._source.known_digest(self._file)
        if known is None:
            while self._reading(self._raw.read, limits.BLOCK):
                pass
        refuse_if_changed(self._source, self._file)
        return known or self._raw.digest

    def _read_begin(self) -> bytes:
        """Read enough to recognise the file by, since a gzip may yield a byte at a time."""
        begin = b""
        try:
            while len(begin) < _HEAD and (some := self._step(limits.BLOCK)):
                begin += some
        except BROKEN_GZIP as error:
            self._break = error
        return begin

    def _step(self, size: int) -> bytes:
        block = self._reading(self._read, size)
        self._size += len(block)
        bound = max(limits.FREE_EXPANSION, self._file.size * limits.LARGEST_EXPANSION)
        if self._file.zipped and self._size > bound:
            self._refuse(_BOMB)
        return block

    def _reading(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except BROKEN_GZIP:  # some of them are OSErrors
            raise
        except OSError as error:
            raise SourceError(
                f"{self._source.location}/{self._file.path} cannot be read: {error}"
            ) from error

    def _refuse(self, fault: Fault | None) -> None:
        if fault:
            raise BrokenFileError({self._file.path: fault}, self._file.log_month)


class _Stream(io.RawIOBase):
    """A plain text as Python's own streams are."""

    def __init__(self, plain: PlainText) -> None:
        self._plain = plain

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        block = self._plain.read1(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._plain.close()
        super().close()


class _Digested:
    """The raw bytes of a file, digested as they are read; `head` are the first of them."""

    def __init__(self, stream: BinaryIO, head: bytes) -> None:
        self.head = head
        self._stream = stream
        self._pending = head
        self._hash = hashlib.sha256(head)

    @property
    def digest(self) -> str:
        """The digest of what was read so far."""
        return self._hash.hexdigest()

    def read(self, size: int = limits.BLOCK) -> bytes:
        """Read some bytes, none at the end."""
        if self._pending:
            block, self._pending = self._pending[:size], self._pending[size:]
            return block
        block = self._stream.read(size)
        self._hash.update(block)
        return block


def open_plain(source: Source, file: SourceFile) -> BinaryIO:
    """Open a file's plain text; raises as PlainText does."""
    return io.BufferedReader(_Stream(PlainText(source, file)), limits.BLOCK)


def refuse_if_changed(source: Source, file: SourceFile) -> None:
    """Raise SourceChanged if a file is no longer what was listed."""
    if not source.unchanged(file):
        raise SourceChanged(f"{file.path} changed while it was read")
