"""The two kinds of record that a source holds, and what makes a good one.

Types, lengths and NOT NULL come from the staging tables, the raw keys from the JSONPaths files
that COPY uses, so neither is stated here.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sparkify_dagster.models import contract, files

Kind = Literal["integer", "float", "text", "integer text"]

INTEGER_RANGE = {"INTEGER": (-(2**31), 2**31 - 1), "BIGINT": (-(2**63), 2**63 - 1)}

# What staging adds to a record, and the one text column that has to hold an integer.
_PROVENANCE = ("log_month", "change_number", "file", "position")
_INTEGER_TEXT = "user_id"


@dataclass(frozen=True)
class Field:
    """One known key of a record and the staging column that it goes to."""

    key: str
    column: str
    kind: Kind
    sql_type: str
    length: int | None
    required: bool

    @property
    def range(self) -> tuple[int, int]:
        """The integers it takes; an integer text is one that the star can hold as BIGINT."""
        return INTEGER_RANGE[self.sql_type if self.kind == "integer" else "BIGINT"]


@dataclass(frozen=True)
class Dataset:
    """A kind of record: the folder it lies in, its staging table and its fields in order."""

    folder: Literal["log_data", "song_data"]
    table: str
    fields: tuple[Field, ...]

    @property
    def jsonpaths(self) -> str:
        """The text of its JSONPaths file."""
        return _jsonpaths(self.table)


@cache
def events() -> Dataset:
    """The activity log."""
    return Dataset("log_data", "staging_events", _fields("staging_events"))


@cache
def songs() -> Dataset:
    """The song metadata."""
    return Dataset("song_data", "staging_songs", _fields("staging_songs"))


def of_table(table: str) -> Dataset:
    """Give the dataset that a staging table holds."""
    return {dataset().table: dataset() for dataset in (events, songs)}[table]


def _jsonpaths(table: str) -> str:
    return files.read(table, "jsonpaths.json")


def _fields(table: str) -> tuple[Field, ...]:
    paths = json.loads(_jsonpaths(table))["jsonpaths"]
    keys = [path.removeprefix("$['").removesuffix("']") for path in paths]
    columns = contract.table(table).columns
    pairs = zip(keys, columns, strict=False)
    return tuple(_field(key, c) for key, c in pairs if c.name not in _PROVENANCE)


def _field(key: str, column: contract.Column) -> Field:
    kind: Kind = "text"
    if column.type in INTEGER_RANGE:
        kind = "integer"
    elif column.type.startswith("DOUBLE"):
        kind = "float"
    elif column.name == _INTEGER_TEXT:
        kind = "integer text"
    return Field(key, column.name, kind, column.type, column.length, column.required)
