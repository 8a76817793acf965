"""The text of a file in blocks of lines."""

import codecs
from typing import BinaryIO

from sparkify_dagster.lake.gunzip import BROKEN_GZIP
from sparkify_dagster.lake.rules import LARGEST_OBJECT

BLOCK = 1 << 20  # read at once


class Blocks:
    """Reads text in blocks that end with a line, bytes that are not UTF-8 as surrogates.

    A gzip that breaks off or is corrupt ends there, and `fault` says so. A line of more than 4 MB
    comes in several blocks.
    """

    def __init__(self, stream: BinaryIO) -> None:
        # One step at a time, so that what came before a break is not lost with it.
        self._read_some = getattr(stream, "read1", None) or stream.read
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._begun_line = b""
        self._begun = False
        self.last = ""  # the last character so far that is not blank
        self.fault = ""

    def read(self, wanted: int) -> str:
        """Read about as many bytes, to the end of a line; an empty text at the end."""
        data, ended = bytearray(self._begun_line), False
        while not ended and not self._enough(data, wanted):
            some = self._some()
            ended = not some
            data += some
        end = len(data) if ended else data.rfind(b"\n") + 1 or len(data)
        block, self._begun_line = data[:end], bytes(data[end:])
        if not self._begun:
            self._begun = True
            block = block.removeprefix(codecs.BOM_UTF8)
        text = self._decoder.decode(block, final=ended)
        self.last = text.rstrip(" \t\r\n")[-1:] or self.last
        return text

    def _enough(self, data: bytearray, wanted: int) -> bool:
        return len(data) > LARGEST_OBJECT or (len(data) >= wanted and b"\n" in data)

    def _some(self) -> bytes:
        try:
            return b"" if self.fault else self._read_some(BLOCK)
        except BROKEN_GZIP as error:
            self.fault = f"the file breaks off: {error}"
            return b""
