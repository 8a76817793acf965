"""A file as a stream of JSON objects, one after the other, good or not.

This is the reference for what is accepted: it reports which record is bad, and why. It reads what
the bulk parser (`fast.py`) does not accept beyond doubt.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO, NoReturn

from sparkify_dagster.lake.blocks import BLOCK, Blocks
from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster.lake.rules import DEEPEST_OBJECT, LARGEST_OBJECT
from sparkify_dagster.lake.validation import BadRecord, Validator

RAW_BYTES = 1024
_NOT_BLANK = re.compile(r"[^ \t\r\n]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_STRING_OR_BRACKET = re.compile(
    r'"(?:[^"\\]++|\\.)*+"|[\[{]|[\]}]'
)  # keeps no way back, so little memory


@dataclass(frozen=True)
class Accepted:
    """A good record: its values in the order of the dataset's fields, and where it stood."""

    values: list[object]
    line: int


@dataclass(frozen=True)
class Rejected:
    """A bad record: the line on which it began, what is wrong, and its text as can be stored."""

    line: int
    reason: str
    raw_text: str


def read_records(
    stream: BinaryIO, dataset: Dataset, log_month: str | None, first_line: int = 1
) -> Iterator[Accepted | Rejected]:
    """Yield every record of a file, in order. Memory is bounded by the largest object.

    A stream that begins later in its file than at its beginning has another `first_line`. Raises
    ArrayError for a file that is one JSON array.
    """
    return _Reader(stream, Validator(dataset, log_month), first_line).records()


class ArrayError(Exception):
    """A file is one JSON array around everything."""


class _Reader:
    def __init__(self, stream: BinaryIO, validator: Validator, first_line: int) -> None:
        self._blocks = Blocks(stream)
        self._validator = validator
        self._decoder = json.JSONDecoder(
            object_pairs_hook=validator.object_of,
            parse_int=validator.number,
            parse_float=validator.number,
            parse_constant=_refuse_constant,
        )
        self._text = ""
        self._at = 0  # where in the text the next record may begin
        self._line = first_line  # the line that this is
        self._first = first_line == 1  # whether this is the first value of the file
        self._in_array = False  # whether the file may be one array, though it is no good JSON
        self._decoded = False  # whether the last record was JSON
        self._cut = False  # whether a record was met that breaks off with its file

    def records(self) -> Iterator[Accepted | Rejected]:
        while self._skip_blanks():
            if self._first:
                self._in_array = self._text[self._at] == "["
            record = self._next_record()
            if self._first and self._decoded:
                if self._in_array and not self._skip_blanks():
                    raise ArrayError
                self._in_array = False
            self._first = False
            yield record
        if self._in_array and self._blocks.last == "]":
            raise ArrayError
        if self._blocks.fault and not self._cut:
            yield Rejected(self._line, self._blocks.fault, "")

    def _skip_blanks(self) -> bool:
        """Move to the next character that is not blank; say whether there is one."""
        while True:
            found = _NOT_BLANK.search(self._text, self._at)
            self._move_to(found.start() if found else len(self._text))
            if found or not self._read_more():
                return found is not None

    def _next_record(self) -> Accepted | Rejected:
        wanted = BLOCK
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except (json.JSONDecodeError, RecursionError) as error:
                if self._may_go_on(error) and self._read_more(wanted):
                    wanted *= 2  # so that a long object is parsed a few times, not once a line
                    continue
                return self._broken(error)
            raw = self._text[self._at : end]
            if _too_deep(raw):
                return self._broken(RecursionError())
            self._decoded = True
            result = self._checked(value, raw)
            self._move_to(end)
            return result

    def _may_go_on(self, error: Exception) -> bool:
        """Whether the text ended before the object did."""
        if not isinstance(error, json.JSONDecodeError):
            return False
        if len(self._text) - self._at > LARGEST_OBJECT:
            return False
        # A text that is cut within a line may be cut within a word or a string.
        at_end = not _NOT_BLANK.search(self._text, error.pos)
        return at_end or self._text.find("\n", error.pos) < 0

    def _broken(self, error: Exception) -> Rejected:
        self._decoded = False
        if self._first and self._in_array and self._ended_early(error):
            raise ArrayError  # it breaks off, or is longer than an object may be
        end = self._text.find("\n", self._at)
        raw = self._text[self._at : end if end >= 0 else len(self._text)]
        self._cut = end < 0 and bool(self._blocks.fault)
        rejected = Rejected(self._line, self._fault(error, raw), storable(raw))
        self._move_to(self._at + len(raw))
        while end < 0 and self._read_more():  # the rest of a very long line
            end = self._text.find("\n")
            self._move_to(end if end >= 0 else len(self._text))
        return rejected

    def _ended_early(self, error: Exception) -> bool:
        """Whether the text ended before the value did."""
        if not isinstance(error, json.JSONDecodeError):
            return False
        unterminated = error.msg.startswith("Unterminated string")
        return unterminated or not _NOT_BLANK.search(self._text, error.pos)

    def _fault(self, error: Exception, raw: str) -> str:
        if self._cut:
            return self._blocks.fault
        if _holds_bad_bytes(raw):
            return "not UTF-8"
        if "\x00" in raw:
            return "holds a NUL character"
        if not isinstance(error, json.JSONDecodeError):
            return "not JSON: nested too deeply"
        if self._ended_early(error) and len(self._text) - self._at > LARGEST_OBJECT:
            return "longer than 4 MB"
        return f"not JSON: {error.msg[0].lower()}{error.msg[1:]}"

    def _checked(self, value: object, raw: str) -> Accepted | Rejected:
        try:
            if len(raw) > LARGEST_OBJECT // 4 and len(_bytes(raw)) > LARGEST_OBJECT:
                raise BadRecord("longer than 4 MB")
            if _holds_bad_bytes(raw):
                raise BadRecord("not UTF-8")
            return Accepted(self._validator.values(value, raw), self._line)
        except BadRecord as bad:
            return Rejected(self._line, str(bad), storable(raw))

    def _move_to(self, position: int) -> None:
        self._line += self._text.count("\n", self._at, position)
        self._at = position

    def _read_more(self, wanted: int = BLOCK) -> bool:
        more = self._blocks.read(wanted)
        self._text = self._text[self._at :] + more
        self._at = 0
        return bool(more)


def _refuse_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"the constant {name} is not JSON", name, 0)


def _holds_bad_bytes(raw: str) -> bool:
    return not raw.isascii() and _SURROGATE.search(raw) is not None


def _too_deep(raw: str) -> bool:
    """Whether brackets are nested more deeply than is taken."""
    if raw.count("[") + raw.count("{") <= DEEPEST_OBJECT:
        return False
    brackets = (found[0] for found in _STRING_OR_BRACKET.finditer(raw) if found[0][0] != '"')
    depths = accumulate(1 if bracket in "[{" else -1 for bracket in brackets)
    return max(depths, default=0) > DEEPEST_OBJECT


def _bytes(raw: str) -> bytes:
    return raw.encode("utf-8", "surrogateescape")


def storable(raw: str) -> str:
    r"""Give the first 1,024 bytes of a raw text, with what cannot be stored as \xNN."""
    kept = _bytes(raw[:RAW_BYTES])[:RAW_BYTES]
    return kept.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
