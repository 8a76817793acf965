"""Source files gathered as plain text in a temporary folder, for the bulk parser.

Small files are put together into bundles, since opening 15,000 files costs DuckDB more than
reading them. Files whose text is long are read in pieces, one after the other. Nothing is parsed
from where it lies, so what is parsed is what was digested.
"""

import errno
import hashlib
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from threading import Lock
from uuid import uuid4

from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake import limits
from sparkify_dagster.lake.broken import GZIP
from sparkify_dagster.lake.bulk_text import BulkText, numbered_lines
from sparkify_dagster.lake.gunzip import BROKEN_GZIP, Gunzip
from sparkify_dagster.lake.pieces import Piece, PieceWriter
from sparkify_dagster.lake.source import Source, SourceFile
from sparkify_dagster.lake.text import PlainText, refuse_if_changed

_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Gathered:
    """A file, with its digest and text if the bulk parser may read it.

    `long` files are to be read in pieces; other files without a text, record by record.
    """

    file: SourceFile
    digest: str = ""
    text: Path | None = None
    long: bool = False


@dataclass
class Batch:
    """Gathered files and the bundles that hold the small ones."""

    files: list[Gathered] = field(default_factory=list)
    bundles: list[Path] = field(default_factory=list)

    @property
    def copies(self) -> dict[str, Gathered]:
        """The files that have a text of their own, by its path."""
        bundles = set(self.bundles)
        return {str(g.text): g for g in self.files if g.text and g.text not in bundles}

    def remove(self) -> None:
        """Delete the texts."""
        for path in {*self.bundles, *(g.text for g in self.files if g.text)}:
            path.unlink(missing_ok=True)


class Gatherer:
    """Gathers the files of a source in a folder; with `positions`, each record has its place."""

    def __init__(self, source: Source, folder: Path, *, positions: bool) -> None:
        self._source = source
        self.folder = folder
        self._positions = positions

    def batches(self, files: Sequence[SourceFile]) -> Generator[Batch, None, None]:
        """Yield all files in batches of bounded size; each is read when it is asked for."""
        for batch in _split(files, limits.BATCH_FILES, limits.BATCH_BYTES):
            yield self._gather(batch)

    def pieces(self, file: SourceFile) -> Generator[Piece | str, None, None]:
        """Yield a long file in pieces, and at last the digest of its content."""
        with PlainText(self._source, file) as plain:
            writer, ended = PieceWriter(file, positions=self._positions), False
            while not ended:
                with _writing(file, self.folder):
                    piece, ended = writer.write(plain, self.new_text())
                yield piece
                if piece.text is None:
                    return
            yield plain.finish()

    def _gather(self, files: Sequence[SourceFile]) -> Batch:
        batch, room = Batch(), _Room(limits.BATCH_TEXT)
        small = [file for file in files if file.size <= limits.SMALL_FILE]
        large = [file for file in files if file.size > limits.SMALL_FILE]
        shares = [*_split(small, _share(len(small), self._source.readers), limits.BATCH_TEXT)]
        with ThreadPoolExecutor(self._source.readers) as pool:
            bundles = [self.new_text() for _ in shares]
            bundling = pool.map(lambda s, t: self._bundle(s, t, room), shares, bundles)
            copying = pool.map(lambda file: self._copy(file, room), large)
            for gathered in bundling:
                batch.files += gathered
            batch.files += copying
        batch.bundles = bundles
        return batch

    def new_text(self) -> Path:
        """Give the path of a new text."""
        return self.folder / f"text-{uuid4().hex}"

    def _copy(self, file: SourceFile, room: "_Room") -> Gathered:
        """Copy the plain text of a file, unless it is long."""
        if self._positions:
            return Gathered(file, long=True)
        checked, target, size = BulkText(file), self.new_text(), 0
        with PlainText(self._source, file) as plain, _writing(file, self.folder):
            try:
                with target.open("wb") as out:
                    while checked.sound and (block := plain.read1()):
                        size += len(block)
                        if size > limits.PIECE_BYTES or not room.take(len(block)):
                            target.unlink()
                            return Gathered(file, long=True)
                        checked.add(block)
                        out.write(block)
            except BROKEN_GZIP:
                checked.fault = True
            if not checked.complete:
                target.unlink()
                return Gathered(file)
            return Gathered(file, plain.finish(), target)

    def _bundle(self, files: Sequence[SourceFile], target: Path, room: "_Room") -> list[Gathered]:
        """Write the lines of small files into one text: path, position and line."""
        gathered = []
        with _writing(files[0], self.folder), target.open("wb") as out:
            for file in files:
                with self._source.open(file) as stream:
                    raw = stream.read(limits.SMALL_FILE + 1)
                text = _unzipped(raw) if file.zipped else raw
                refuse_if_changed(self._source, file)
                if text and (len(text) > limits.SMALL_TEXT or not room.take(len(text))):
                    gathered.append(Gathered(file, long=True))
                elif text is None or not BulkText(file).holds(text):
                    gathered.append(Gathered(file))
                else:
                    out.writelines(numbered_lines(file, text, 0))
                    digest = self._source.known_digest(file) or hashlib.sha256(raw).hexdigest()
                    gathered.append(Gathered(file, digest, target))
        return gathered


class _Room:
    """How much text a batch may still hold."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._lock = Lock()

    def take(self, size: int) -> bool:
        """Take some of it; say whether there was as much."""
        with self._lock:
            if size > self._left:
                return False
            self._left -= size
            return True


def _unzipped(raw: bytes) -> bytes | None:
    """Give the text of a small gzip, no more of it than shows that it is long; None if broken."""
    if raw and not raw.startswith(GZIP):
        return None
    unzip, text = Gunzip(BytesIO(raw).read), b""
    try:
        while len(text) <= limits.SMALL_TEXT and (some := unzip.read1(limits.SMALL_TEXT + 1)):
            text += some
    except BROKEN_GZIP:
        return None
    return text


def _split(files: Sequence[SourceFile], most: int, size: int) -> Iterator[list[SourceFile]]:
    """Split files into lists of a number of files and of bytes."""
    batch: list[SourceFile] = []
    held = 0
    for file in files:
        if batch and (held + file.size > size or len(batch) == most):
            yield batch
            batch, held = [], 0
        batch.append(file)
        held += file.size
    if batch:
        yield batch


def _share(count: int, workers: int) -> int:
    """Give how many small files a bundle holds: several bundles per worker."""
    return max(1, min(500, -(-count // (workers * 4))))


@contextmanager
def _writing(file: SourceFile, folder: Path) -> Iterator[None]:
    """Report a temporary folder that is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise LoadError(
            f"{file.path} cannot be read: the temporary folder {folder.parent} is full. Free space "
            "there, or set TMPDIR to a folder that has "
            f"{limits.TEMPORARY_BYTES // limits.MIB:,} MB for every load that runs at once"
        ) from error
