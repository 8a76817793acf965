"""What is wrong with the links and the special files of a folder."""

import errno
import os
import stat
from pathlib import Path

from sparkify_dagster.lake.broken import Fault

_REMOVE_LINK = "replace it by what it links to, or remove it"
_LEAVES = Fault("a link that leaves the source", _REMOVE_LINK)
_LOOP = Fault("a link to itself", "remove it")
_DANGLING = Fault("a link to nothing", "remove it, or put back what it links to")
_AGAIN = Fault("a link to a folder behind another link", _REMOVE_LINK)
_SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def resolves(path: str) -> bool:
    """Whether a link leads to something."""
    try:
        os.path.realpath(path, strict=True)
    except OSError:
        return False
    return True


def fault_of_link(path: str, root: str, *, linked: bool) -> Fault | None:
    """Say what is wrong with a link; `linked` if a link that led to it rules out one more."""
    try:
        target = os.path.realpath(path, strict=True)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return _LOOP
        outside = not _is_within(os.path.realpath(path), root)
        return _LEAVES if outside else _DANGLING
    if not _is_within(target, root):
        return _LEAVES
    place = os.path.realpath(Path(path).parent)
    if _is_within(place, target):
        return _LOOP
    return _AGAIN if linked else None


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def fault_of_kind(entry: "os.DirEntry[str]") -> Fault | None:
    """Say what an entry is that is neither a file nor a folder."""
    try:
        kind = stat.S_IFMT(entry.stat().st_mode)
    except OSError:
        return _DANGLING
    what = _SPECIAL.get(kind)
    return Fault(what, "remove it") if what else None
