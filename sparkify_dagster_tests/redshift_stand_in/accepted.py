"""Statements that the gate let through, remembered for all processes of this user.

To parse one costs 30 ms, and each worker of the tests sends a thousand of the same. The file is in
the temporary folder; its name holds a digest of the gate's code, so that it forgets with a change.
"""

import hashlib
import os
import tempfile
import threading
from functools import cache
from importlib.metadata import version
from pathlib import Path

_CODE = ("constructs.py", "functions.py", "gate.py", "leader.py", "lexer.py")


class Accepted:
    """The shapes of accepted statements, by digest, in a file that only grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: set[bytes] = set()
        self._read = 0
        self._lock = threading.Lock()

    def __contains__(self, shape: str) -> bool:
        digest = _digest(shape)
        if digest in self._known:
            return True
        with self._lock:
            self._read_on()
        return digest in self._known

    def add(self, shape: str) -> None:
        """Remember a shape; one write, so that processes may add at the same time."""
        file = os.open(self._path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.write(file, _digest(shape) + b"\n")
        finally:
            os.close(file)

    def _read_on(self) -> None:
        """Read what was added since the last time."""
        if not self._path.exists() or self._path.stat().st_uid != os.getuid():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            lines = file.read().split(b"\n")
        self._known.update(lines[:-1])
        self._read += sum(len(line) + 1 for line in lines[:-1])


@cache
def accepted() -> Accepted:
    """Return what this version of the gate has accepted."""
    code = b"".join((Path(__file__).parent / name).read_bytes() for name in _CODE)
    code += version("sqlfluff").encode()
    name = f"redshift-gate-{os.getuid()}-{hashlib.sha256(code).hexdigest()[:16]}"
    return Accepted(Path(tempfile.gettempdir()) / name)


def _digest(shape: str) -> bytes:
    return hashlib.sha256(shape.encode()).hexdigest()[:32].encode()
