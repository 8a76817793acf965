"""Broken files: what is no stream of JSON objects at all, and so fails the load of its month.

A file is recognised by its first bytes. Only whether a file is one JSON array is decided by the
parser in Python (`records.py`), which sees how the array ends.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote

from sparkify_dagster.errors import LoadError

GZIP = b"\x1f\x8b"
_SHOWN_FILES = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """What a broken file is, and what to do about it."""

    what: str
    remedy: str


class BrokenFileError(LoadError):
    """Files that cannot be read as a stream of JSON objects: none of their month is loaded."""

    def __init__(self, faults: Mapping[str, Fault], log_month: str | None = None) -> None:
        """Take the faults by path, and the month of the files (None for songs)."""
        self.faults = dict(faults)
        self.log_month = log_month
        listed = [
            f"{shown(path)} is {fault.what}: {fault.remedy}"
            for path, fault in sorted(self.faults.items())
        ]
        more = len(listed) - _SHOWN_FILES
        lines = listed[:_SHOWN_FILES] + ([f"and {more} more broken files"] if more > 0 else [])
        scope = f"log month {log_month}" if log_month else "the songs"
        super().__init__(f"nothing of {scope} was loaded: " + "\n  ".join(lines))

    @property
    def path(self) -> str:
        """The first of the files."""
        return min(self.faults)


def shown(path: str) -> str:
    r"""Give a path as text that can be stored: bytes that are not UTF-8 are shown as \xNN."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _unpacked(what: str) -> Fault:
    return Fault(what, "unpack it, and store the text in it as .json or .json.gz")


def _exported(what: str) -> Fault:
    return Fault(what, "export it as JSON, one object per line")


def _encoded(encoding: str) -> Fault:
    return Fault(
        f"{encoding} text, not UTF-8",
        f"convert it with `iconv -f {encoding} -t UTF-8`",
    )


_MAGIC = (
    (b"\xff\xfe\x00\x00", _encoded("UTF-32")),
    (b"\x00\x00\xfe\xff", _encoded("UTF-32")),
    (b"\xff\xfe", _encoded("UTF-16")),
    (b"\xfe\xff", _encoded("UTF-16")),
    (b"PK\x03\x04", _unpacked("a zip archive")),
    (b"PK\x05\x06", _unpacked("an empty zip archive")),
    (b"\xfd7zXZ\x00", _unpacked("compressed by xz")),
    (b"\x28\xb5\x2f\xfd", _unpacked("compressed by zstd")),
    (b"\x04\x22\x4d\x18", _unpacked("compressed by lz4")),
    (b"7z\xbc\xaf\x27\x1c", _unpacked("a 7z archive")),
    (b"PAR1", _exported("a Parquet file")),
    (b"Obj\x01", _exported("an Avro file")),
)
_BZIP2 = re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)")  # the magic of a first block, or of none
# JSON begins with two ASCII characters, so its first four bytes show the encoding (RFC 4627, 3).
_PATTERNS = (
    (_BZIP2, _unpacked("compressed by bzip2")),
    (re.compile(rb"\x00\x00\x00[^\x00]"), _encoded("UTF-32BE")),
    (re.compile(rb"[^\x00]\x00\x00\x00"), _encoded("UTF-32LE")),
    (re.compile(rb"\x00[^\x00]\x00[^\x00]"), _encoded("UTF-16BE")),
    (re.compile(rb"[^\x00]\x00[^\x00]\x00"), _encoded("UTF-16LE")),
)


def fault_of_raw(path: str, head: bytes) -> Fault | None:
    """Give what is wrong with a file by its first raw bytes, or None."""
    zipped = head.startswith(GZIP)
    if not path.endswith(".gz"):
        name = path.rpartition("/")[2]
        renamed = Fault("compressed by gzip", f"rename it to {quote(shown(name))}.gz")
        return renamed if zipped else fault_of_text(head)
    if zipped or GZIP.startswith(head):  # a lone first byte is a gzip that breaks off
        return None
    found = fault_of_text(head)
    return found or Fault("not gzip, though its name ends with .gz", "compress it, or rename it")


def fault_of_text(head: bytes) -> Fault | None:
    """Give what is wrong with a file by the first bytes of its plain text, or None."""
    if head.startswith(GZIP):
        return Fault("compressed by gzip twice", "unpack it once")
    for magic, fault in _MAGIC:
        if head.startswith(magic):
            return fault
    return next((fault for pattern, fault in _PATTERNS if pattern.match(head)), None)


def array_fault(path: str) -> Fault:
    """Give the fault of a file that is one JSON array."""
    name = quote(shown(path.rpartition("/")[2]))
    convert = f"jq -c '.[]' {name} > converted && mv converted {name}"
    if path.endswith(".gz"):
        convert = f"gzip -dc {name} | jq -c '.[]' | gzip > converted && mv converted {name}"
    return Fault("one JSON array, not one object per line", f"convert it with `{convert}`")
