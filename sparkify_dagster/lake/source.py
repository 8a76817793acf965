"""What a source is: files in a layout, listed and opened in the same way in a folder and in S3."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from sparkify_dagster import partitions
from sparkify_dagster.errors import SourceError
from sparkify_dagster.lake.broken import Fault, shown

ENDINGS = (".json", ".json.gz")
_SONGS = "songs"
# What an export of data is called, in any case, also with the ending of a compression after it.
_DATA = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".avro", ".orc", ".log")
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".zip", ".lz4", ".7z", ".tar", ".tgz", ".snappy")


class SourceChanged(SourceError):  # noqa: N818 - transient: the source is listed again
    """A file is not what was listed: the listing is to be made again."""


class Entry(NamedTuple):
    """What a listing finds: a file, or a folder (its path ends with /) that cannot be listed."""

    path: str
    size: int
    version: str
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the layout as it was listed.

    `path` is relative to the source. `version` (S3's ETag, or the time of change in ns) decides
    whether the file is read. `log_month` is None for song files. `fault` says why a file cannot
    be read at all (a pipe, a link that leaves the source).
    """

    path: str
    size: int
    version: str
    log_month: str | None
    fault: Fault | None = None

    @property
    def zipped(self) -> bool:
        """Whether its content is gzip."""
        return self.path.endswith(".gz")


@dataclass
class Listing:
    """What a source holds: log files by month, song files, and what lies outside the layout.

    Of the unrecognised files, those that look like data come first.
    """

    logs: dict[str, list[SourceFile]] = field(default_factory=dict)
    songs: list[SourceFile] = field(default_factory=list)
    unrecognised: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is no file that could be loaded."""
        return not self.logs and not self.songs

    def month(self, log_month: str) -> list[SourceFile]:
        """Give the files of a log month, in order of path."""
        return self.logs.get(log_month, [])


class Source(ABC):
    """A place that holds `log_data/` and `song_data/`."""

    location: str
    readers: int  # how many files are worth reading at once

    def __init__(self) -> None:
        self._expected: dict[str, list[SourceFile]] = {}

    def expect(self, listing: Listing) -> None:
        """Use a listing that was just made, once for each month and for the songs.

        Whoever lists again, because a file is not what was listed, gets what is there by then.
        """
        self._expected = {**listing.logs, _SONGS: listing.songs}

    @abstractmethod
    def files(self, prefix: str, after: str = "") -> Iterator[Entry]:
        """Yield the files below a prefix whose path comes after `after`.

        In the order of their paths, so that a listing can be resumed. Raises SourceError.
        """

    @abstractmethod
    def around(self) -> Iterator[str]:
        """Yield the first paths in the source, folders with a slash, two levels deep.

        For a message about a source that holds no file of the layout. Raises SourceError.
        """

    @abstractmethod
    def open(self, file: SourceFile) -> BinaryIO:
        """Open a file's bytes.

        Raises SourceChanged if it is no longer what was listed, BrokenFileError if it has a fault.
        """

    @abstractmethod
    def head(self, file: SourceFile, size: int) -> bytes:
        """Read the first bytes of a file only; raises as `open` does."""

    @abstractmethod
    def unchanged(self, file: SourceFile) -> bool:
        """Whether a file is still what was listed."""

    def known_digest(self, file: SourceFile) -> str | None:  # noqa: ARG002
        """Give the digest of a file's content if the listing has it, without reading."""
        return None

    def content_digest(self, file: SourceFile) -> str:
        """Give the digest of a file's content, which shows whether the content changed."""
        import hashlib

        known = self.known_digest(file)
        if known is not None:
            return known
        if file.fault:
            return file.version
        digest = hashlib.sha256()
        with self.open(file) as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    def list_all(self) -> Listing:
        """List everything."""
        return arrange([*self.files("log_data/"), *self.files("song_data/")])

    def list_month(self, log_month: str) -> list[SourceFile]:
        """List one log month, in order of path."""
        expected = self._expected.pop(log_month, None)
        if expected is not None:
            return expected
        year, month = log_month.split("-")
        return arrange(self.files(f"log_data/{year}/{month}/")).month(log_month)

    def list_songs(self) -> list[SourceFile]:
        """List the song files, in order of path."""
        expected = self._expected.pop(_SONGS, None)
        if expected is not None:
            return expected
        return arrange(self.files("song_data/")).songs


def arrange(found: Iterable[Entry]) -> Listing:
    """Sort what was found into months, songs and unrecognised files."""
    listing = Listing()
    for entry in sorted(found, key=lambda entry: entry.path):
        file = placed(entry)
        if file is None:
            note = f" ({entry.fault.what})" if entry.fault else ""
            listing.unrecognised.append(shown(entry.path) + note)
        elif file.log_month is None:
            listing.songs.append(file)
        else:
            listing.logs.setdefault(file.log_month, []).append(file)
    listing.unrecognised.sort(key=looks_like_data, reverse=True)
    return listing


def placed(entry: Entry) -> SourceFile | None:
    """Say by its path what an entry is; None for one outside the layout.

    A folder that cannot be listed stands for the files in it: those of a month, or songs.
    """
    path = entry.path
    if not path.endswith((*ENDINGS, "/") if entry.fault else ENDINGS) or not _is_text(path):
        return None
    if path.startswith("song_data/"):
        return SourceFile(path, entry.size, entry.version, None, entry.fault)
    month = partitions.month_of_file(path)
    if month is None or path.count("/") != 3:  # noqa: PLR2004 - log_data/YYYY/MM/file
        return None
    return SourceFile(path, entry.size, entry.version, month, entry.fault)


def looks_like_data(path: str) -> bool:
    """Whether an unrecognised file is probably one that was meant to be loaded."""
    name = path.lower()
    for ending in _COMPRESSED:
        if name.endswith(ending):
            return True
    return name.endswith(_DATA)


def _is_text(path: str) -> bool:
    """Whether a path can be written down."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
