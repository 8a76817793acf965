"""Source files made ready for the fast way: on the disk, plain text, looked through once.

Every byte of a file is read here, for its digest and to see whether the fast way may have it at
all. Large log files that lie in a folder as plain text stay where they are; what is zipped or in
S3 comes into a temporary folder, and small files are put together into a bundle, since opening
15,000 files costs DuckDB more than reading them.
"""

import codecs
import gzip
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster.lake.records import BROKEN_GZIP, LARGEST_OBJECT
from sparkify_dagster.lake.source import Source, SourceChanged, SourceFile

SEPARATOR = b"\x01"  # between the columns of a bundle; neither JSON nor a usable path holds it
SMALL_FILE = 64 * 1024
_BLOCK = 1 << 20
_WINDOW = 1 << 12  # few are not plain ASCII, and only these are decoded


@dataclass(frozen=True)
class Spooled:
    """A file that was read through, and its plain text where the fast way may have it."""

    file: SourceFile
    digest: str
    text: Path | None


def spool(source: Source, file: SourceFile, folder: Path) -> Spooled:
    """Read a file through; raises SourceChanged where it is no longer what was listed."""
    if isinstance(source, FolderSource) and not file.zipped:
        spooled = _look_through(source, file, source.local_path(file))
    else:
        spooled = _copy_through(source, file, folder / _spool_name(file))
    refuse_if_changed(source, file)
    return spooled


def bundle(source: Source, files: Iterable[SourceFile], target: Path) -> list[Spooled]:
    """Write the lines of small files into one text: path, position and line, with separators."""
    spooled = []
    with target.open("wb") as out:
        for file in files:
            with source.open(file) as stream:
                raw = stream.read()
            lines = _bundle_lines(file, raw)
            if lines is not None:
                out.writelines(lines)
            refuse_if_changed(source, file)
            digest = source.known_digest(file) or hashlib.sha256(raw).hexdigest()
            spooled.append(Spooled(file, digest, None if lines is None else target))
    return spooled


def bundle_text(spooled: Spooled, target: Path) -> None:
    """Write a large file's lines as `bundle` does, where their positions are wanted."""
    if spooled.text is None:
        return
    prefix = spooled.file.path.encode() + SEPARATOR
    with spooled.text.open("rb") as text, target.open("wb") as out:
        lines = (line for line in text if not line.isspace())
        for position, line in enumerate(lines, 1):
            out.write(b"%b%d%b%b\n" % (prefix, position, SEPARATOR, line.rstrip(b"\n")))


def open_plain(source: Source, file: SourceFile) -> BinaryIO:
    """Open a file's plain text."""
    stream = source.open(file)
    return cast("BinaryIO", gzip.open(stream)) if file.zipped else stream


def refuse_if_changed(source: Source, file: SourceFile) -> None:
    """Raise SourceChanged where a file is no longer what was listed."""
    if not source.unchanged(file):
        raise SourceChanged(f"{file.path} changed while it was read")


def _spool_name(file: SourceFile) -> str:
    return hashlib.sha256(file.path.encode()).hexdigest()


def _look_through(source: Source, file: SourceFile, path: Path) -> Spooled:
    look = _Look(file)
    with source.open(file) as stream:
        hashed = _Hashed(stream)
        for block in _blocks(hashed):
            look.at(block)
    return Spooled(file, hashed.digest, path if look.sound else None)


def _copy_through(source: Source, file: SourceFile, target: Path) -> Spooled:
    look = _Look(file)
    with source.open(file) as stream, target.open("wb") as out:
        hashed = _Hashed(stream)
        plain = gzip.GzipFile(fileobj=cast("BinaryIO", hashed)) if file.zipped else hashed
        try:
            for block in _blocks(plain):
                look.at(block)
                out.write(block)
        except BROKEN_GZIP:
            look.fault = True  # the slow way says what is wrong
            for _ in _blocks(hashed):
                pass
    digest = source.known_digest(file) or hashed.digest
    return Spooled(file, digest, target if look.sound else None)


def _blocks(stream: "gzip.GzipFile | _Hashed") -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block


def _bundle_lines(file: SourceFile, raw: bytes) -> list[bytes] | None:
    """Give the lines of a bundle, or None where the fast way may not have the file."""
    look = _Look(file)
    try:
        text = gzip.decompress(raw) if file.zipped else raw
    except BROKEN_GZIP:
        return None
    for start in range(0, len(text), _BLOCK):
        look.at(text[start : start + _BLOCK])
    if not look.sound:
        return None
    prefix = file.path.encode() + SEPARATOR
    lines = (line for line in text.split(b"\n") if line and not line.isspace())
    return [b"%b%d\x01%b\n" % (prefix, n, line) for n, line in enumerate(lines, 1)]


class _Hashed:
    """Reads a file's bytes and digests them on the way."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def read(self, size: int = _BLOCK) -> bytes:
        block = self._stream.read(size)
        self._hash.update(block)
        return block

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


class _Look:
    """Looks for what the fast way cannot be given.

    Its texts are UTF-8, in lines that are not too long, without NUL, separators, a byte order
    mark, or a carriage return that ends no line; their paths can stand in a bundle.
    """

    def __init__(self, file: SourceFile) -> None:
        self.fault = not file.path.isprintable()
        self._begun = False
        self._line = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def at(self, block: bytes) -> None:
        if not self._begun:
            self._begun = True
            self.fault |= block.startswith(codecs.BOM_UTF8)
        self.fault |= b"\0" in block or SEPARATOR in block or self._too_long(block)
        if b"\r" in block:
            self.fault |= block.count(b"\r") != block.count(b"\r\n")
        try:
            for start in range(0, len(block), _WINDOW):
                self._decode(block[start : start + _WINDOW])
        except UnicodeDecodeError:
            self.fault = True

    def _decode(self, window: bytes) -> None:
        if not window.isascii() or self._decoder.getstate()[0]:
            self._decoder.decode(window)

    @property
    def sound(self) -> bool:
        """Whether nothing was found, and the last character is whole."""
        return not self.fault and not self._decoder.getstate()[0]

    def _too_long(self, block: bytes) -> bool:
        first = block.find(b"\n")
        longest = self._line + (len(block) if first < 0 else first)
        self._line = longest if first < 0 else len(block) - 1 - block.rfind(b"\n")
        return longest > LARGEST_OBJECT
