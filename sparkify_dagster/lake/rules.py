"""The rules for a good record, as data.

The parser in Python (`validation.py`), the bulk parser (`fast.py`), the validation after COPY
(`copied.py`) and the digest that makes staging read its files again are derived from these.
"""

import hashlib
import sys
from dataclasses import dataclass
from functools import cache

from sparkify_dagster.lake.datasets import Dataset, Field, Kind

LARGEST_OBJECT = 4 * 1024 * 1024  # as COPY takes them, so that the engines agree
DEEPEST_OBJECT = 100  # well within what Python's parser takes, wherever it is called from

INTEGER = "-?[0-9]+"  # both patterns mean the same to Python, DuckDB and Redshift
NUMBER = "-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?"

# What holds for a record as a whole, and no other text states. The last item is to be changed when
# the parser, by a correction of its code, reads a file in another way than before.
RECORD_RULES = (
    "one JSON object in UTF-8",
    "no NUL, escaped or not, and no lone surrogate",
    "a known key at most once",
    f"at most {LARGEST_OBJECT} bytes, nested at most {DEEPEST_OBJECT} deep",
    "a broken object is the line on which it began",
    "an event lies in the month of its folder",
    "reader 2",
)


@dataclass(frozen=True)
class Present:
    """The value is there: neither absent, nor null, nor an empty string."""

    reason: str = "is missing"


@dataclass(frozen=True)
class Scalar:
    """The value is a string or a number: no boolean, array or object."""

    reason: str


@dataclass(frozen=True)
class Pattern:
    """The text of the value matches a pattern from end to end."""

    pattern: str
    reason: str


@dataclass(frozen=True)
class Range:
    """The value, as a number, lies between two numbers."""

    low: int | float
    high: int | float
    reason: str = "is out of range"


@dataclass(frozen=True)
class Length:
    """The text of the value has at most so many bytes in UTF-8."""

    most: int

    @property
    def reason(self) -> str:
        """What is wrong with a longer one."""
        return f"is longer than {self.most} bytes"


Rule = Present | Scalar | Pattern | Range | Length

_INTEGER_FORM = Pattern(INTEGER, "is not an integer")
_NUMBER_FORM = Pattern(NUMBER, "is not a number")
_FORMS: dict[Kind, tuple[Scalar | Pattern, ...]] = {
    "integer": (Scalar("is not an integer"), _INTEGER_FORM),
    "float": (Scalar("is not a number"), _NUMBER_FORM),
    "text": (Scalar("is not text"),),
    "integer text": (Scalar("is not text"), _INTEGER_FORM),
}


@cache
def rules_of(field: Field) -> tuple[Rule, ...]:
    """Give the rules for the values of a field, in the order in which they are checked.

    All but the first hold for values that are present.
    """
    rules: list[Rule] = [Present()] if field.required else []
    rules += _FORMS[field.kind]
    if field.length is not None:
        rules.append(Length(field.length))
    if field.kind in ("integer", "integer text"):
        rules.append(Range(*field.range))
    elif field.kind == "float":
        rules.append(Range(-sys.float_info.max, sys.float_info.max))
    return tuple(rules)


def outside_month(ts: str, log_month: str) -> str:
    """Give the reason for the reject of an event that lies in another month."""
    return f"ts {ts} lies outside {log_month}, the month of its folder"


def rules_digest(dataset: Dataset) -> str:
    """Give a digest of all rules by which files are read into a staging table."""
    fields = [(f.key, f.column, f.kind, f.sql_type, rules_of(f)) for f in dataset.fields]
    return hashlib.sha256(repr((RECORD_RULES, fields)).encode()).hexdigest()
