"""JSON as COPY reads it: a stream of objects, and JSONPath expressions into them.

Written for the stand-in alone: the project's own reader is not used, so neither vouches for the
other. What the Developer Guide leaves open is assumed: after broken syntax, reading goes on with
the next line; of a key given twice the last counts; a byte order mark at the start is nothing.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sparkify_dagster_tests.redshift_stand_in.errors import internal_error
from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience

RULES = (
    documented(
        "COPY reads a stream of JSON objects or arrays with white space between; anything else is "
        "an error that counts, and so is broken JSON.",
        "copy-parameters-data-format",
    ),
    from_experience("After broken JSON, COPY goes on with the next line."),
    from_experience("Of a key given twice, the last counts."),
    from_experience("A byte order mark at the start of a file is nothing."),
    documented(
        "An object over 4 MB fails the COPY, whatever MAXERROR says.",
        "copy-parameters-data-format",
    ),
    documented(
        "A JSONPath to an array element that is not there fails the COPY, whatever MAXERROR says.",
        "copy-parameters-data-format",
    ),
    documented("A JSONPath to a key that is not there gives NULL.", "copy-parameters-data-format"),
    documented(
        "A JSONPaths file uses bracket notation or dot notation; mixed, it is refused.",
        "copy-parameters-data-format",
        "copy-usage_notes-copy-from-json",
    ),
    documented(
        "An object or array that a JSONPath names becomes JSON text.",
        "copy-usage_notes-copy-from-json",
    ),
    from_experience("A JSONPaths file may give the same expression to two columns."),
    from_experience("A JSON number reaches a VARCHAR column as it is written."),
)

MAX_OBJECT_BYTES = 4 * 1024 * 1024

_BLANK = re.compile(r"[ \t\r\n]*")
_STEP = re.compile(r"\['((?:[^'\\]|\\.)+)'\]|\[(\d+)\]|\.([^'.\[\]]+)")


class Number(str):
    """A JSON number, as it is written."""

    __slots__ = ()


@dataclass(frozen=True)
class Record:
    """One object: `fault` says why it is none; `line` is the one that it ends on, from 1."""

    line: int
    raw: str
    value: Any
    fault: str = ""
    too_large: bool = False


@dataclass(eq=False)
class FieldError(Exception):
    """A value that its column does not take: Redshift's error code and reason.

    A `fatal` one fails the COPY, whatever MAXERROR says.
    """

    code: int
    reason: str
    raw: str = ""
    position: int = 0
    fatal: bool = False


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=_no_constant)


def records(data: bytes) -> Iterator[Record]:
    """Yield the records of a file; bytes that are no UTF-8 stay in the text as lone surrogates."""
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    position, line = 0, 1
    while True:
        start = _blank_end(text, position)
        line += text.count("\n", position, start)
        if start == len(text):
            return
        try:
            value, end = _DECODER.raw_decode(text, start)
            fault = "" if isinstance(value, dict | list) else "Invalid value."
        except (ValueError, RecursionError):
            value, end, fault = None, start, "Invalid JSON object."
        if fault:
            end = _line_end(text, start)
        raw = text[start:end]
        line += raw.count("\n")
        too_large = not fault and _bytes(raw) > MAX_OBJECT_BYTES
        if too_large:
            fault = f"JSON object size exceeds max limit of {MAX_OBJECT_BYTES} bytes"
        yield Record(line, raw, value, fault, too_large)
        position = end


class JsonPath:
    """An expression such as $['a'][0] or $.a.b; raises RedshiftError where COPY has none such."""

    def __init__(self, expression: str) -> None:
        steps = list(_STEP.finditer(expression, 1))
        self.notations = {bool(step[3]) for step in steps if not step[2]}
        covered = "".join(step.group() for step in steps)
        if not expression.startswith("$") or covered != expression[1:] or "*" in covered:
            raise internal_error(f"Invalid JSONPath format: {expression}")
        self._steps: list[str | int] = [
            int(step[2]) if step[2] else (step[1] or step[3]) for step in steps
        ]

    def find(self, value: Any) -> Any:
        """Return the value at this path, or None; raises FieldError at a missing array element."""
        for step in self._steps:
            if isinstance(step, int):
                if not isinstance(value, list) or step >= len(value):
                    reason = "Invalid JSONPath format: Not an array or index out of range."
                    raise FieldError(1216, reason, fatal=True)
                value = value[step]
            else:
                value = value.get(step) if isinstance(value, dict) else None
        return value


def by_names(columns: Sequence[str], value: Any, *, ignore_case: bool) -> list[Any]:
    """Return an object's values by the names of columns, as 'auto' does."""
    if not isinstance(value, dict):
        return [None] * len(columns)
    named = {name.lower(): item for name, item in value.items()} if ignore_case else value
    return [named.get(column) for column in columns]


def as_text(value: Any) -> str | None:
    """Return the text that a column is given; objects and arrays become JSON without blanks."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else _compact(value)


def _compact(value: Any) -> str:
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        pairs = (f"{_compact(name)}:{_compact(item)}" for name, item in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _blank_end(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return position if match is None else match.end()


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _bytes(text: str) -> int:
    if len(text) * 4 <= MAX_OBJECT_BYTES:
        return len(text)
    return len(text.encode("utf-8", "surrogatepass"))
