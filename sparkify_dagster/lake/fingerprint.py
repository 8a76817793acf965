"""A fingerprint of listed files: two listings share it where they name the same files as they are.

It is a sum over the files, so that a million of them need not be held or sorted to be compared.
"""

import hashlib
from collections.abc import Iterable

from sparkify_dagster.lake.source import SourceFile

_BYTES = 16


class Fingerprint:
    """The sum, modulo 2^128, of a hash of each file's path, size and version."""

    def __init__(self, text: str = "0") -> None:
        self._sum = int(text, 16)

    def add(self, file: SourceFile) -> None:
        """Take a file in."""
        listed = f"{file.path}\x1f{file.size}\x1f{file.version}".encode()
        one = hashlib.blake2b(listed, digest_size=_BYTES).digest()
        self._sum = (self._sum + int.from_bytes(one)) & ((1 << 8 * _BYTES) - 1)

    def __str__(self) -> str:
        """Write it down, to be taken up again or compared; no files give `0`."""
        return f"{self._sum:x}"


NO_FILES = str(Fingerprint())


def fingerprint_of(files: Iterable[SourceFile]) -> str:
    """Give the fingerprint of some files."""
    fingerprint = Fingerprint()
    for file in files:
        fingerprint.add(file)
    return str(fingerprint)
