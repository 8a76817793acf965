"""Applies the rules to a record that was parsed in Python."""

import re
from collections.abc import Callable, Sequence
from typing import assert_never, cast

from sparkify_dagster import partitions
from sparkify_dagster.lake.datasets import Dataset, Field
from sparkify_dagster.lake.rules import (
    Length,
    Pattern,
    Present,
    Range,
    Rule,
    Scalar,
    outside_month,
    rules_of,
)

_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_DIGITS = 20  # more than any range of integers holds; int() refuses very long texts


class BadRecord(Exception):  # noqa: N818 - a finding, not an error of the program
    """Why a record is not a good one."""


class Number(str):
    """A JSON number as it is written."""

    __slots__ = ()


class Object(dict[str, object]):
    """A JSON object, and the known key that it holds more than once."""

    repeated: str | None = None


class Validator:
    """Validates the records of one dataset and, for events, of one log month."""

    number = Number

    def __init__(self, dataset: Dataset, log_month: str | None) -> None:
        self._fields = [(field, rules_of(field)) for field in dataset.fields]
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
        values = [_value(f, rules, value.get(f.key)) for f, rules in self._fields]
        if self._log_month and self._window:
            ts = int(cast("str", value["ts"]))
            if not self._window.start_ms <= ts < self._window.end_ms:
                raise BadRecord(outside_month(str(ts), self._log_month))
        return values


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


def _value(field: Field, rules: Sequence[Rule], value: object) -> object:
    present = None if value == "" else value
    for rule in rules:
        if present is None and not isinstance(rule, Present):
            return None
        if not _holds(rule, present):
            raise BadRecord(f"{field.key} {rule.reason}")
    return _CONVERSIONS[field.kind](cast("str", present))


def _holds(rule: Rule, value: object) -> bool:
    """Whether a value keeps a rule; rules after Scalar are given strings only."""
    text = cast("str", value)
    match rule:
        case Present():
            return value is not None
        case Scalar():
            return isinstance(value, str)
        case Pattern():
            return re.fullmatch(rule.pattern, text) is not None
        case Length():
            return len(text.encode()) <= rule.most
        case Range(low=int()):
            return len(text.lstrip("-0")) <= _MOST_DIGITS and rule.low <= int(text) <= rule.high
        case Range():
            return rule.low <= float(text) <= rule.high
        case _:
            assert_never(rule)


def _float(text: str) -> float:
    return float(text) + 0.0  # zero has no sign


_CONVERSIONS: dict[str, Callable[[str], object]] = {
    "integer": int,
    "float": _float,
    "text": str,
    "integer text": str,
}
