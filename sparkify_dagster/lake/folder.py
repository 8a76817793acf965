"""A source in a folder.

Whoever can write into the folder must not be able to make a load read anything else. So links are
followed only within the source, and a folder behind a link only if no link led there already.
What is no plain file is not opened.
"""

import io
import os
import stat
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from sparkify_dagster.errors import SourceError
from sparkify_dagster.lake.broken import BrokenFileError, Fault
from sparkify_dagster.lake.links import fault_of_kind, fault_of_link, resolves
from sparkify_dagster.lake.source import Entry, Source, SourceChanged, SourceFile

_AROUND = 1_000  # paths that are looked at for a message
_AROUND_FOLDER = 100
# Windows has neither of the two latter, and needs O_BINARY.
_FLAGS = os.O_RDONLY
for _name in ("O_BINARY", "O_NONBLOCK", "O_CLOEXEC"):
    _FLAGS |= getattr(os, _name, 0)


class FolderSource(Source):
    """Files in a folder; size and time of change decide whether one is read."""

    readers = 1  # two threads of Python take longer over small files than one

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._root = Path(folder).absolute()
        self.location = str(self._root)

    def files(self, prefix: str, after: str = "") -> Iterator[Entry]:
        """Yield the files below a prefix, except hidden ones."""
        self._require_root()
        relative, linked = "", False
        for name in prefix.rstrip("/").split("/"):
            relative = f"{relative}/{name}".lstrip("/")
            path = f"{self.location}/{relative}"
            if Path(path).is_symlink():
                fault = fault_of_link(path, self._real_root, linked=linked)
                if fault:
                    yield self._unlisted(prefix, relative, fault)
                    return
                linked = True
        if Path(path).is_dir():
            yield from self._walk(path, relative, after, linked=linked)

    def around(self) -> Iterator[str]:
        """Yield the first paths in the folder, two levels deep."""
        self._require_root()
        folders: list[str] = []
        for entry in islice(_scan(self.location), _AROUND):
            yield entry.name + "/" * entry.is_dir(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                folders.append(entry.name)
        for name in folders[:_AROUND_FOLDER]:
            try:
                for entry in islice(_scan(f"{self.location}/{name}"), _AROUND_FOLDER):
                    yield f"{name}/{entry.name}" + "/" * entry.is_dir(follow_symlinks=False)
            except OSError:
                continue

    def open(self, file: SourceFile) -> BinaryIO:
        """Open a file's bytes; a pipe that took the file's place is not waited for."""
        if file.fault:
            raise BrokenFileError({file.path: file.fault}, file.log_month)
        try:
            descriptor = os.open(self._path(file), _FLAGS)
        except FileNotFoundError as error:
            raise SourceChanged(f"{file.path} vanished while it was to be read") from error
        except OSError as error:
            raise SourceError(f"{self.location}/{file.path} cannot be read: {error}") from error
        stream = io.FileIO(descriptor)
        if not _as_listed(os.fstat(descriptor), file):
            stream.close()
            raise SourceChanged(f"{file.path} changed before it was read")
        return io.BufferedReader(stream)

    def head(self, file: SourceFile, size: int) -> bytes:
        """Read the first bytes of a file only."""
        with self.open(file) as stream:
            return stream.read(size)

    def unchanged(self, file: SourceFile) -> bool:
        """Whether size and time of change are still those that were listed."""
        try:
            return _as_listed(os.stat(self._path(file)), file)  # noqa: PTH116 - see _path
        except OSError:
            return False

    @cached_property
    def _real_root(self) -> str:
        return os.path.realpath(self.location)

    def _require_root(self) -> None:
        if not self._root.is_dir():
            raise SourceError(
                f"the source {self.location} is not there: set SPARKIFY_SOURCE to a folder that "
                "holds log_data/ and song_data/, or make one with `sparkify simulate`"
            )

    def _path(self, file: SourceFile) -> str:
        # Not by pathlib: over 15,000 song files, that takes longer than reading them.
        return f"{self.location}/{file.path}"

    def _unlisted(self, prefix: str, relative: str, fault: Fault) -> Entry:
        """Give the entry of a folder that is asked for and lies behind a link that is refused."""
        if prefix == "log_data/":
            raise SourceError(
                f"{self.location}/{relative} is {fault.what}: {fault.remedy}, or set "
                "SPARKIFY_SOURCE to the folder in which it really lies"
            )
        return Entry(prefix, 0, fault.what, fault)

    def _walk(self, folder: str, relative: str, after: str, *, linked: bool) -> Iterator[Entry]:
        """Walk in the order of paths, which for a folder is that of its name and a slash."""
        try:
            entries = [self._look(entry, linked=linked) for entry in _scan(folder)]
        except OSError as error:
            cannot = Fault(f"a folder that cannot be listed ({error.strerror})", "make it readable")
            if relative.count("/") < 2 and relative.startswith("log_data"):  # noqa: PLR2004
                raise SourceError(f"{folder} is {cannot.what}: {cannot.remedy}") from error
            yield Entry(f"{relative}/", 0, "unreadable", cannot)
            return
        for name, followed, entry, fault in sorted(entries, key=lambda found: found[0]):
            path = f"{relative}/{name}"
            if name.startswith(".") or (path <= after and not after.startswith(path)):
                continue
            if fault:
                yield from _faulty(path, entry.path, fault)
            elif name.endswith("/"):
                yield from self._walk(entry.path, path[:-1], after, linked=followed)
            elif path > after:
                try:
                    found = entry.stat()
                except FileNotFoundError:
                    continue  # gone since it was named
                yield Entry(path, found.st_size, str(found.st_mtime_ns))

    def _look(
        self, entry: "os.DirEntry[str]", *, linked: bool
    ) -> tuple[str, bool, "os.DirEntry[str]", Fault | None]:
        """Give an entry's name, whether a link leads there, the entry, and its fault."""
        fault: Fault | None = None
        if entry.is_symlink():
            folder = entry.is_dir() if resolves(entry.path) else False
            fault = fault_of_link(entry.path, self._real_root, linked=linked and folder)
            linked = linked or folder
        else:
            folder = entry.is_dir(follow_symlinks=False)
        if not folder and fault is None and not entry.is_file():
            fault = fault_of_kind(entry)
        return entry.name + "/" * folder, linked, entry, fault


def _scan(folder: str) -> Iterator["os.DirEntry[str]"]:
    with os.scandir(folder) as entries:
        yield from entries


def _as_listed(found: os.stat_result, file: SourceFile) -> bool:
    return stat.S_ISREG(found.st_mode) and (found.st_size, str(found.st_mtime_ns)) == (
        file.size,
        file.version,
    )


def _faulty(path: str, real_path: str, fault: Fault) -> Iterator[Entry]:
    """Give the entries of what cannot be read; a year stands for the months behind it."""
    if path.startswith("log_data/") and path.endswith("/") and path.count("/") == 2:  # noqa: PLR2004
        months = [f"{number:02}" for number in range(1, 13)]
        behind = [month for month in months if Path(real_path, month).is_dir()]
        for month in behind:
            yield Entry(f"{path}{month}/", 0, fault.what, fault)
        if behind:
            return
    yield Entry(path, 0, fault.what, fault)
