"""Reading gzip so that nothing is lost of what comes before a break.

Python's own reader raises on corrupt data without the text that it had decompressed just before.
"""

import gzip
import zlib
from collections.abc import Callable

BROKEN_GZIP = (EOFError, zlib.error, gzip.BadGzipFile)
_INPUT = 64 * 1024
_GZIP = 31  # zlib's name for gzip with the largest window


class Gunzip:
    """The text of a gzip of one or more members, which zeros may follow."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._inflate = zlib.decompressobj(_GZIP)
        self._input = b""
        self._begun = False  # whether a member was begun that has not ended
        self._careful = False  # whether corrupt data is ahead, and is approached byte by byte

    def read1(self, size: int) -> bytes:
        """Read some text, none at the end; raises one of BROKEN_GZIP where the text breaks off."""
        while True:
            self._input = self._input or self._read(_INPUT)
            if not self._begun:
                self._input = self._input.lstrip(b"\0")
            if self._input:
                text = self._step(size)
            elif self._begun:
                text = self._rest(size)
            else:
                self._input = self._read(_INPUT)
                if not self._input:
                    return b""
                continue
            if text:
                return text

    def _rest(self, size: int) -> bytes:
        """Give what is left of a member whose input has ended; raises EOFError after it."""
        text = self._inflate.decompress(b"", size)
        if not text:
            raise EOFError("the compressed data ends too early")
        return text

    def _step(self, size: int) -> bytes:
        length = 1 if self._careful else len(self._input)
        data, rest = self._input[:length], self._input[length:]
        before = self._inflate.copy()
        try:
            text = self._inflate.decompress(data, size)
        except zlib.error:
            if self._careful:
                raise
            self._inflate, self._careful = before, True
            return b""
        self._begun = not self._inflate.eof
        self._input = self._inflate.unconsumed_tail + rest
        if self._inflate.eof:
            self._input = self._inflate.unused_data + rest
            self._inflate = zlib.decompressobj(_GZIP)
        return text
