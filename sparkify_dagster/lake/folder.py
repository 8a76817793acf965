"""A source in a folder."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sparkify_dagster.errors import SourceError
from sparkify_dagster.lake.source import Source, SourceChanged, SourceFile


class FolderSource(Source):
    """Files in a folder; size and time of change tell whether one is to be read."""

    readers = 1  # two threads of Python take longer over small files than one

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._root = Path(folder).absolute()
        self.location = str(self._root)

    def files(self, prefix: str, after: str = "") -> Iterator[tuple[str, int, str]]:
        """Yield (path, size, version) of the files below a prefix; hidden files apart."""
        if not self._root.is_dir():
            raise SourceError(
                f"the source {self.location} is not there: set SPARKIFY_SOURCE to a folder that "
                "holds log_data/ and song_data/, or make one with `sparkify simulate`"
            )
        folder = self._root / prefix
        if folder.is_dir():
            yield from _walk(str(folder), prefix.rstrip("/"), after)

    def open(self, file: SourceFile) -> BinaryIO:
        """Open a file's bytes."""
        try:
            return io.BufferedReader(io.FileIO(self._path(file)))
        except FileNotFoundError as error:
            raise SourceChanged(f"{file.path} vanished while it was to be read") from error
        except OSError as error:
            raise SourceError(f"{self.location}/{file.path} cannot be read: {error}") from error

    def unchanged(self, file: SourceFile) -> bool:
        """Whether size and time of change are still those that were listed."""
        try:
            found = os.stat(self._path(file))  # noqa: PTH116 - see _path
        except OSError:
            return False
        return (found.st_size, str(found.st_mtime_ns)) == (file.size, file.version)

    def local_path(self, file: SourceFile) -> Path:
        """Give the path by which other programs can read the file."""
        return self._root / file.path

    def _path(self, file: SourceFile) -> str:
        # Not by pathlib: over 15,000 song files, that takes longer than reading them.
        return f"{self.location}/{file.path}"


def _walk(folder: str, relative: str, after: str) -> Iterator[tuple[str, int, str]]:
    """Walk in the order of paths, which for a folder is that of its name and a slash."""
    try:
        entries = [(entry.name + "/" * entry.is_dir(), entry) for entry in os.scandir(folder)]
    except OSError as error:
        raise SourceError(f"{folder} cannot be listed: {error}") from error
    for name, entry in sorted(entries, key=lambda named: named[0]):
        path = f"{relative}/{name}"
        if name.startswith(".") or (path <= after and not after.startswith(path)):
            continue
        if name.endswith("/"):
            yield from _walk(entry.path, path[:-1], after)
            continue
        if not entry.is_file():
            continue  # a pipe, or a link to nothing
        try:
            found = entry.stat()
        except FileNotFoundError:
            continue  # gone since it was named
        if path > after:
            yield path, found.st_size, str(found.st_mtime_ns)
