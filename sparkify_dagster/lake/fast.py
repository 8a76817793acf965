"""The bulk parser: DuckDB reads lines, and SQL validates them.

It accepts a text only if every line is one JSON object that keeps the rules beyond doubt; a text
with any other line is read by the record parser (`records.py`). It may be stricter than that one,
but never laxer. Every engine but Redshift loads by it: DuckDB in its own connection, PostgreSQL
from an in-memory one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from sparkify_dagster import partitions
from sparkify_dagster.lake import limits
from sparkify_dagster.lake.datasets import Dataset, Field, Kind
from sparkify_dagster.lake.rules import (
    DEEPEST_OBJECT,
    Length,
    Pattern,
    Present,
    Range,
    Rule,
    Scalar,
    rules_of,
)

if TYPE_CHECKING:
    import duckdb

TABLE = "parsed_records"
_NUMBERS = "change_numbers"  # of the texts of a batch

# How a value may be written in JSON. A negative userId may be -0, which DuckDB does not keep as it
# is written; numbers in strings, and numbers as text, are left to the record parser.
_JSON_TYPES: dict[Kind, str] = {
    "integer": "'UBIGINT', 'BIGINT'",
    "float": "'DOUBLE', 'UBIGINT', 'BIGINT'",
    "text": "'VARCHAR'",
    "integer text": "'VARCHAR', 'UBIGINT'",
}

# Not JSON, though DuckDB's reader lets both pass.
_TRAILING_COMMA = r",\s*[}\]]"
_NAN_OR_INFINITY = r"[:,\[]\s*-?(?:[nN][aA]|[iI][nN][fF])"


@dataclass(frozen=True)
class Batch:
    """Texts to be read together.

    Either plain files of JSON lines, known by their paths; or, for small files, one bundle with
    lines of path, position and JSON text.
    """

    texts: Sequence[Path]
    bundled: bool


@dataclass(frozen=True)
class Parsed:
    """What was read of one text or bundled file: its records, and the days of events."""

    rows: int
    days: frozenset[int]

    def plus(self, other: "Parsed") -> "Parsed":
        """Give what was read of two pieces of a file."""
        return Parsed(self.rows + other.rows, self.days | other.days)


NOTHING = Parsed(0, frozenset())


def parse(
    connection: "duckdb.DuckDBPyConnection",
    batch: Batch,
    dataset: Dataset,
    log_month: str | None,
    numbers: Mapping[str, int],
) -> dict[str, Parsed | None]:
    """Read a batch into the temporary table `parsed_records`.

    `numbers` gives the change number of each text or bundled file. Returns for each of them what
    was read, or None if the record parser has to read it. The table holds the rows of the
    good files only: the columns of the staging table, and `source_text`.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_NUMBERS} AS "
        "SELECT UNNEST(?::VARCHAR[]) AS source_text, UNNEST(?::BIGINT[]) AS change_number",
        [list(numbers), list(numbers.values())],
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {TABLE} AS {_select(batch, dataset, log_month)}"
    )
    days = "[]" if log_month is None else f"LIST(DISTINCT ts // {partitions.DAY_MS})"
    counts = connection.execute(
        f"SELECT source_text, COUNT(*), BOOL_AND(good), {days} FROM {TABLE} GROUP BY source_text"
    ).fetchall()
    doubtful = [text for text, _, good, _ in counts if not good]
    if doubtful:
        connection.execute(
            f"DELETE FROM {TABLE} WHERE source_text IN (SELECT UNNEST(?))", [doubtful]
        )
    first_day = partitions.window(log_month).first_day_number if log_month else 0
    return {
        text: Parsed(rows, frozenset(day - first_day + 1 for day in days)) if good else None
        for text, rows, good, days in counts
    }


def columns(dataset: Dataset) -> str:
    """Give the select list that takes rows out of `parsed_records` into the staging table."""
    from sparkify_dagster.models import contract

    return ", ".join(f'"{name}"' for name in contract.table(dataset.table).column_names)


def _select(batch: Batch, dataset: Dataset, log_month: str | None) -> str:
    fields = dataset.fields
    struct = "{" + ", ".join(f'"{f.key}": "{_parsed_as(f)}"' for f in fields) + "}"
    paths = ", ".join(f"'$.\"{f.key}\"'" for f in fields)
    values = [f'{_value(f)} AS "{f.column}"' for f in fields]
    good = [_good(f, f"types[{n}]") for n, f in enumerate(fields, 1)]
    if log_month is None:
        values += ["source_text AS file", "CAST(position AS INTEGER) AS position"]
    else:
        values += [f"'{log_month}' AS log_month", "change_number"]
        good += [_in_month(log_month)]
    return f"""
        SELECT source_text, {", ".join(values)}, record IS NOT NULL AND {" AND ".join(good)}
            -- Known keys only, each once; else one look more for what only that can hide.
            AND CASE
                WHEN LEN(keys) = LIST_COUNT(types) AND ENDS_WITH(line, '"}}') THEN TRUE
                WHEN LEN(keys) = LIST_COUNT(types)
                    THEN NOT REGEXP_MATCHES(line, '{_TRAILING_COMMA}')
                ELSE LEN(keys) = LEN(LIST_DISTINCT(keys))
                    AND NOT REGEXP_MATCHES(line, '{_TRAILING_COMMA}|{_NAN_OR_INFINITY}')
                    AND LEN(line) - LEN(TRANSLATE(line, '[{{', '')) <= {DEEPEST_OBJECT} END
            AND NOT CONTAINS(line, '\\u0000') AS good
        FROM (
            SELECT *,
                CASE WHEN record IS NOT NULL THEN JSON_KEYS(line) END AS keys,
                CASE WHEN record IS NOT NULL THEN JSON_TYPE(line, [{paths}]) END AS types
            FROM (SELECT *, TRY(FROM_JSON(line, '{struct}')) AS record FROM {_lines(batch)})
        )
        INNER JOIN {_NUMBERS} USING (source_text)
    """


def _lines(batch: Batch) -> str:
    paths = (escape(str(path)) for path in batch.texts)  # they are no patterns
    texts = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    fixed = (
        rf"delim = E'\x01', quote = '', escape = '', header = false, auto_detect = false, "
        rf"new_line = '\n', strict_mode = false, max_line_size = {limits.BULK_LINE + 8192}, "
        "hive_partitioning = false"
    )
    text = r"CASE WHEN STARTS_WITH(line, '{') THEN TRUE ELSE REGEXP_MATCHES(line, '[^ \t\r]') END"
    if batch.bundled:
        columns = "{source_text: 'VARCHAR', position: 'INTEGER', line: 'VARCHAR'}"
        return f"(FROM READ_CSV([{texts}], columns = {columns}, {fixed}) WHERE {text})"
    return (
        f"(SELECT filename AS source_text, line FROM READ_CSV([{texts}], "
        f"columns = {{line: 'VARCHAR'}}, filename = true, {fixed}) WHERE {text})"
    )


def _parsed_as(field: Field) -> str:
    return {"float": "DOUBLE", "integer": field.sql_type}.get(field.kind, "VARCHAR")


def _parsed(field: Field) -> str:
    return f'record."{field.key}"'


def _value(field: Field) -> str:
    if field.kind == "float":
        return f"{_parsed(field)} + 0.0"  # zero has no sign
    return _parsed(field) if field.kind == "integer" else f"NULLIF({_parsed(field)}, '')"


def _good(field: Field, json_type: str) -> str:
    """Say when a value keeps the rules; the parser alone takes 12.7, true and " 12 " too."""
    conditions = (_condition(rule, field, json_type) for rule in rules_of(field))
    good = " AND ".join(condition for condition in conditions if condition)
    if field.required:
        return f"COALESCE({good}, FALSE)"
    if field.kind in ("text", "integer text"):
        absent = f"{_value(field)} IS NULL"
    else:  # what cannot be parsed as a number is null there too
        absent = f"{json_type} IS NULL OR {json_type} = 'NULL'"
    return f"COALESCE({absent} OR {good}, FALSE)"


def _condition(rule: Rule, field: Field, json_type: str) -> str:
    """Say when a value that is present keeps a rule; empty if another condition implies it."""
    value, integer_text = _value(field), field.kind == "integer text"
    match rule:
        case Scalar():
            return f"{json_type} IN ({_JSON_TYPES[field.kind]}) AND {value} IS NOT NULL"
        case Pattern() if integer_text:
            return f"CAST(TRY_CAST({value} AS BIGINT) AS VARCHAR) = {value}"
        case Length():
            return f"STRLEN({value}) <= {rule.most}"
        case Range() if not integer_text:
            return f"{value} BETWEEN {rule.low!r} AND {rule.high!r}"
        case Present() | Pattern() | Range():
            return ""
        case _:
            assert_never(rule)


def _in_month(log_month: str) -> str:
    window = partitions.window(log_month)
    return f"COALESCE(record.ts BETWEEN {window.start_ms} AND {window.end_ms - 1}, FALSE)"
