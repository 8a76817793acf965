"""What a text must be so that the bulk parser may read it."""

import codecs

from sparkify_dagster.lake import limits
from sparkify_dagster.lake.source import SourceFile

SEPARATOR = b"\x01"  # between the columns of a bundle; neither JSON nor a usable path holds it
_WINDOW = 1 << 12  # few are not plain ASCII, and only these are decoded


class BulkText:
    """Checks a text block by block.

    It must be UTF-8, in lines that are not too long, without NUL, separators, a byte order mark,
    or a carriage return that ends no line; the path of its file must be able to stand in a bundle.
    """

    def __init__(self, file: SourceFile) -> None:
        self.fault = not file.path.isprintable()
        self._begun = False
        self._line = 0
        self._carriage_return = False  # whether the last block ended with one
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def holds(self, text: bytes) -> bool:
        """Check a whole text at once."""
        for start in range(0, len(text), limits.BLOCK):
            self.add(text[start : start + limits.BLOCK])
        return self.complete

    def add(self, block: bytes) -> None:
        """Check the next block."""
        if not self._begun:
            self._begun = True
            self.fault |= block.startswith(codecs.BOM_UTF8)
        self.fault |= b"\0" in block or SEPARATOR in block or self._has_long_line(block)
        if self._carriage_return or b"\r" in block:
            self.fault |= self._has_bare_return(block)
        try:
            for start in range(0, len(block), _WINDOW):
                self._decode(block[start : start + _WINDOW])
        except UnicodeDecodeError:
            self.fault = True

    @property
    def sound(self) -> bool:
        """Whether nothing was found so far."""
        return not self.fault

    @property
    def complete(self) -> bool:
        """Whether nothing was found, and the last character is whole."""
        whole = not self._decoder.getstate()[0]
        return not self.fault and whole and not self._carriage_return

    def _has_bare_return(self, block: bytes) -> bool:
        """Whether a carriage return ends no line; one at the end of a block may yet do so."""
        if not block:
            return False
        open_ended = self._carriage_return and not block.startswith(b"\n")
        self._carriage_return = block.endswith(b"\r")
        bare = block.count(b"\r") - block.count(b"\r\n") - self._carriage_return
        return open_ended or bare > 0

    def _decode(self, window: bytes) -> None:
        if not window.isascii() or self._decoder.getstate()[0]:
            self._decoder.decode(window)

    def _has_long_line(self, block: bytes) -> bool:
        """Whether a line is too long."""
        first, last = block.find(b"\n"), block.rfind(b"\n")
        if first < 0:
            self._line += len(block)
            return self._line > limits.BULK_LINE
        longest = max(self._line + first, len(block) - 1 - last)
        self._line = len(block) - 1 - last
        # A line that is too long fills at least one of these windows.
        window = limits.BULK_LINE // 2
        if longest <= limits.BULK_LINE and any(
            block.find(b"\n", at, at + window) < 0 for at in range(first, last, window)
        ):
            longest = max(map(len, block[first:last].split(b"\n")))
        return longest > limits.BULK_LINE


def numbered_lines(file: SourceFile, text: bytes, before: int) -> list[bytes]:
    """Give the lines of a bundle for the lines of a file that are not blank."""
    prefix = file.path.encode() + SEPARATOR
    lines = (line for line in text.split(b"\n") if line and not line.isspace())
    return [
        b"%b%d%b%b\n" % (prefix, number, SEPARATOR, line)
        for number, line in enumerate(lines, before + 1)
    ]
