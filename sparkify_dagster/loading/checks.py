"""The checks of a table: its keys, NOT NULLs and references, and the rules in its folder.

Redshift does not enforce keys, and its planner believes them: a DISTINCT over a declared key may
return it twice, and a join along a declared reference may be left out (Redshift developer guide,
"Defining table constraints"). So keys are counted by GROUP BY, and only in temporary tables, which
declare none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from sparkify_dagster.models import catalogue, contract, windows
from sparkify_dagster.models.contract import Reference, Table
from sparkify_dagster.models.model import Model

PRIMARY_KEY = "primary_key"
NO_REJECTS = "no_rejected_records"


@dataclass(frozen=True)
class Check:
    """A check of a table: `sql` selects the rows that fail it.

    A failed check keeps rows from being published, unless it is a warning. `refers_to` is the table
    that has to have what the rows refer to.
    """

    name: str
    table: str
    description: str
    sql: str
    warning: bool = False
    declared: bool = False
    refers_to: str | None = None


@cache
def checks_of(name: str) -> tuple[Check, ...]:
    """Return the checks of a table that loads fill."""
    model = catalogue.get(name)
    rules = (Check(rule.name, name, rule.description, rule.sql) for rule in model.rules)
    return (*_declared(model.table, model), *rules, *_warnings(model))


def declared_checks(name: str) -> tuple[Check, ...]:
    """Return the checks of what a table's contract declares; that of the primary key is first."""
    return tuple(check for check in checks_of(name) if check.declared)


@cache
def same_rows(name: str) -> Check:
    """Return the check that linking rows anew changes nothing but their links."""
    description = f"Rows of {name} that are linked anew keep all other columns."
    return Check("relinked_rows_keep_other_columns", name, description, "", declared=True)


@cache
def control_checks() -> tuple[Check, ...]:
    """Return the checks of the tables in which loads keep their records."""
    names = catalogue.control_tables()
    return tuple(
        check for name in names for check in _declared(contract.table(name), None, f"{name}_")
    )


def _declared(table: Table, model: Model | None, prefix: str = "") -> Iterator[Check]:
    if table.primary_key and model is None:
        # Read in place: Redshift's planner knows nothing of the keys of an expression.
        key = " || '|' || ".join(f"CAST({column} AS VARCHAR(1024))" for column in table.primary_key)
        yield Check(
            f"{prefix}{PRIMARY_KEY}",
            table.name,
            f"No two rows of {table.name} share {', '.join(table.primary_key)}.",
            f"SELECT key_text, COUNT(*) AS copies FROM (SELECT {key} AS key_text "
            f"FROM {table.name}) AS keys GROUP BY key_text HAVING COUNT(*) > 1",
            declared=True,
        )
    elif table.primary_key:
        key = ", ".join(table.primary_key)
        month = _month_column(table, model)
        yield Check(
            f"{prefix}{PRIMARY_KEY}",
            table.name,
            f"No two rows of {table.name} share {key}.",
            f"SELECT {key}{month}, COUNT(*) AS copies FROM {table.name} "
            f"GROUP BY {key} HAVING COUNT(*) > 1",
            declared=True,
        )
    absent = " OR ".join(f"{column} IS NULL" for column in table.required_columns)
    yield Check(
        f"{prefix}not_null",
        table.name,
        f"{', '.join(table.required_columns)} are never null in {table.name}.",
        f"SELECT * FROM {table.name} WHERE {absent}",
        declared=True,
    )
    for reference in table.references:
        yield _reference(table, reference)


def _month_column(table: Table, model: Model | None) -> str:
    """Return a column for the log month of rows that are grouped by key, if the key has none."""
    if model is None or not model.windowed or model.column in table.primary_key:
        return ""
    return f", MIN({windows.month_of(model)}) AS log_month"


def _reference(table: Table, reference: Reference) -> Check:
    # Neither NOT EXISTS, for which DuckDB carries all columns along, nor NOT IN, for which
    # PostgreSQL compares each row with each.
    return Check(
        f"{reference.column}_references_{reference.table}",
        table.name,
        f"Every {reference.column} of {table.name} is in {reference.table}.",
        f"SELECT {table.name}.* FROM {table.name} LEFT JOIN {reference.table} AS referred "
        f"ON referred.{reference.target} = {table.name}.{reference.column} "
        f"WHERE {table.name}.{reference.column} IS NOT NULL "
        f"AND referred.{reference.target} IS NULL",
        declared=True,
        refers_to=reference.table,
    )


def _warnings(model: Model) -> Iterator[Check]:
    if model.select is None:
        months = "log_month" if model.windowed else "'all' AS log_month"
        scope = "log_month IS NOT NULL" if model.windowed else "log_month IS NULL"
        yield Check(
            NO_REJECTS,
            model.name,
            "No record of the source was rejected: `sparkify rejects` lists them. They disappear "
            "when their file is corrected and loaded again.",
            f"SELECT {months}, file, line, reason FROM rejected_records WHERE {scope}",
            warning=True,
        )
