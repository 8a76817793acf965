"""What makes a parsed record a good one (DESIGN section 1)."""

import math
import re
from typing import cast

from sparkify_dagster import partitions
from sparkify_dagster.lake.datasets import Dataset, Field

_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")


class BadRecord(Exception):  # noqa: N818 - a verdict, not an error of the program
    """Why a record is not a good one."""


class Number(str):
    """A JSON number as it is written."""

    __slots__ = ()


class Object(dict[str, object]):
    """A JSON object, and the known keys that it holds more than once."""

    repeated: str | None = None


class Rules:
    """Judges the records of one dataset and, for events, of one log month."""

    number = Number

    def __init__(self, dataset: Dataset, log_month: str | None) -> None:
        self._fields = dataset.fields
        self._keys = frozenset(field.key for field in dataset.fields)
        self._log_month = log_month
        self._window = partitions.window(log_month) if log_month else None

    def object_of(self, pairs: list[tuple[str, object]]) -> Object:
        """Make an object of its pairs, noting known keys that come twice."""
        found = Object(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen and key in self._keys:
                    found.repeated = key
                seen.add(key)
        return found

    def values(self, value: object, raw: str) -> list[object]:
        """Give the values of a good record; raises BadRecord for any other."""
        if not isinstance(value, Object):
            raise BadRecord("not a JSON object")
        if value.repeated:
            raise BadRecord(f"{value.repeated} is there twice")
        if "\\u" in raw:
            _refuse_unstorable(value)
        values = [_value(field, value.get(field.key)) for field in self._fields]
        if self._window:
            self._check_month(cast("dict[str, object]", value))
        return values

    def _check_month(self, record: dict[str, object]) -> None:
        assert self._window is not None  # noqa: S101 - for the type checker
        ts = int(cast("str", record["ts"]))
        if not self._window.start_ms <= ts < self._window.end_ms:
            raise BadRecord(f"ts {ts} lies outside {self._log_month}, the month of its folder")


def _refuse_unstorable(value: object) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise BadRecord("holds a NUL character")
        if _SURROGATE.search(value):
            raise BadRecord("holds a lone surrogate")
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_unstorable(item)


def _value(field: Field, value: object) -> object:
    if value is None or value == "":
        if field.required:
            raise BadRecord(f"{field.key} is missing")
        return None
    if field.kind == "integer":
        return _integer(field, value)
    if field.kind == "float":
        return _float(field, value)
    return _text(field, value)


def _integer(field: Field, value: object) -> int:
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        raise BadRecord(f"{field.key} is not an integer")
    low, high = field.range
    # Twenty digits are more than any range holds; int() refuses very long texts.
    if len(value.lstrip("-0")) > 20 or not low <= int(value) <= high:  # noqa: PLR2004
        raise BadRecord(f"{field.key} is out of range")
    return int(value)


def _float(field: Field, value: object) -> float:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise BadRecord(f"{field.key} is not a number")
    number = float(value) + 0.0  # zero has no sign
    if not math.isfinite(number):
        raise BadRecord(f"{field.key} is out of range")
    return number


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise BadRecord(f"{field.key} is not text")
    if field.length is not None and len(value.encode()) > field.length:
        raise BadRecord(f"{field.key} is longer than {field.length} bytes")
    if field.kind == "integer text":
        _integer(field, value)
    return str(value)
