"""Where the files are: a folder or an S3 prefix, listed and opened in the same way."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from sparkify_dagster import partitions
from sparkify_dagster.errors import SourceError

ENDINGS = (".json", ".json.gz")
_SONGS = "songs"


class SourceChanged(SourceError):  # noqa: N818 - a passing state, met by listing again
    """A file is not what was listed: the listing is to be made again."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was listed.

    `path` is relative to the source; `version` (S3's ETag, or the time of change in ns) tells
    whether the file is to be read; `log_month` is None for song files.
    """

    path: str
    size: int
    version: str
    log_month: str | None

    @property
    def zipped(self) -> bool:
        """Whether its content is gzip."""
        return self.path.endswith(".gz")


@dataclass
class Listing:
    """What a source holds: log files by month, song files, and what lies outside the layout."""

    logs: dict[str, list[SourceFile]] = field(default_factory=dict)
    songs: list[SourceFile] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)

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
        """Answer with a listing that was just made, once for each month and for the songs.

        Whoever lists again, since a file is not what was listed, gets what is there by then.
        """
        self._expected = {**listing.logs, _SONGS: listing.songs}

    @abstractmethod
    def files(self, prefix: str, after: str = "") -> Iterator[tuple[str, int, str]]:
        """Yield (path, size, version) of the files below a prefix whose path comes after `after`.

        In the order of their paths, so that a listing can be taken up where it was left. Raises
        SourceError.
        """

    @abstractmethod
    def open(self, file: SourceFile) -> BinaryIO:
        """Open a file's bytes; raises SourceChanged where it is no longer what was listed."""

    @abstractmethod
    def unchanged(self, file: SourceFile) -> bool:
        """Whether a file is still what was listed."""

    def known_digest(self, file: SourceFile) -> str | None:  # noqa: ARG002
        """Give the digest of a file's content where the listing tells it, without reading."""
        return None

    def content_digest(self, file: SourceFile) -> str:
        """Give the digest of a file's content, to tell a change from a touch."""
        import hashlib

        known = self.known_digest(file)
        if known is not None:
            return known
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


def arrange(found: Iterable[tuple[str, int, str]]) -> Listing:
    """Sort files into months, songs and strays."""
    listing = Listing()
    for path, size, version in sorted(found):
        file = placed(path, size, version)
        if file is None:
            listing.strays.append(shown(path))
        elif file.log_month is None:
            listing.songs.append(file)
        else:
            listing.logs.setdefault(file.log_month, []).append(file)
    return listing


def placed(path: str, size: int, version: str) -> SourceFile | None:
    """Tell by its path what a file is; None for a stray, which lies outside the layout."""
    if not path.endswith(ENDINGS) or not _is_text(path):
        return None
    if path.startswith("song_data/"):
        return SourceFile(path, size, version, None)
    month = partitions.month_of_file(path)
    if month is not None and path.count("/") == 3:  # noqa: PLR2004 - log_data/YYYY/MM/file
        return SourceFile(path, size, version, month)
    return None


def shown(path: str) -> str:
    r"""Give a path as it can be printed: a folder's file names may be any bytes, shown as \xNN."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _is_text(path: str) -> bool:
    """Whether a path can be written down."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def open_source(location: str) -> Source:
    """Choose the kind of source that SPARKIFY_SOURCE names; nothing is read yet."""
    if location.startswith("s3://"):
        from sparkify_dagster.lake.s3 import S3Source

        return S3Source(location)
    from sparkify_dagster.lake.folder import FolderSource

    return FolderSource(location)
