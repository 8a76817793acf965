"""Checks: what the contract declares and Redshift does not enforce, and rules of `sql/checks`."""

from collections.abc import Iterator
from dataclasses import dataclass

from sparkify_dagster import contract, sql_files
from sparkify_dagster.contract import Reference, Table
from sparkify_dagster.loading import builds

# Tables that stand behind an asset's own and are checked with it.
HELPERS = {
    "users": ("user_months",),
    "redshift_cluster": ("loaded_files", "rejected_records", "table_builds", "warehouse_state"),
}

_REJECTS_OF = {
    "staging_events": "log_month BETWEEN :first_month AND :last_month",
    "staging_songs": "log_month IS NULL",
}


@dataclass(frozen=True)
class Check:
    """One check of an asset. `offenders` selects the rows that break it.

    `measure`, where there is one, counts them within the one scan of the table. `referred` is a
    table that may be at fault as well as the asset's own: both are built again. A warning tells of
    what a person should look at; it holds up nothing.
    """

    name: str
    table: str
    description: str
    offenders: str
    measure: str | None = None
    referred: str | None = None
    warning: bool = False


def checks_of(asset: str) -> list[Check]:
    """Give the checks of an asset, from the contract and from `sql/checks/<asset>`."""
    tables = [*([asset] if asset in contract.tables() else []), *HELPERS.get(asset, ())]
    declared = [check for name in tables for check in _declared(contract.table(name), asset)]
    return [*declared, *_rules(asset), *_warnings(asset)]


def _declared(table: Table, asset: str) -> Iterator[Check]:
    prefix = "" if table.name == asset else f"{table.name}_"
    scope = builds.month_rows(table.name)
    rows = f"SELECT * FROM {table.name} WHERE {scope}"
    if table.primary_key:
        key = ", ".join(table.primary_key)
        distinct = f"SELECT DISTINCT {key} FROM {table.name} WHERE {scope}"
        yield Check(
            f"{prefix}primary_key",
            table.name,
            f"No two rows of {table.name} share {key}.",
            f"SELECT {key}, COUNT(*) AS copies FROM {table.name} WHERE {scope} "
            f"GROUP BY {key} HAVING COUNT(*) > 1",
            f"COUNT(*) - (SELECT COUNT(*) FROM ({distinct}) AS keys)",
        )
    required = table.required_columns
    absent = " OR ".join(f"{column} IS NULL" for column in required)
    yield Check(
        f"{prefix}not_null",
        table.name,
        f"{', '.join(required)} are never null in {table.name}.",
        f"{rows} AND ({absent})",
        f"COALESCE(SUM(CASE WHEN {absent} THEN 1 ELSE 0 END), 0)",
    )
    for reference in table.references:
        yield _reference(table, reference)


def _reference(table: Table, reference: Reference) -> Check:
    scope = builds.month_rows(table.name)
    # Where the months are told by the very column, the other table's other months cannot match.
    found = builds.month_rows(reference.table) if f"{reference.column} >=" in scope else "1 = 1"
    # Not NOT EXISTS, for which DuckDB carries all columns along, nor NOT IN: over many rows
    # PostgreSQL would compare each with each.
    return Check(
        f"{reference.column}_references_{reference.table}",
        table.name,
        f"Every {reference.column} of {table.name} is in {reference.table}.",
        f"SELECT {table.name}.* FROM {table.name} LEFT JOIN "
        f"(SELECT {reference.target} AS referred_key FROM {reference.table} WHERE {found}) "
        f"AS referred ON referred.referred_key = {table.name}.{reference.column} "
        f"WHERE {scope} AND {reference.column} IS NOT NULL AND referred.referred_key IS NULL",
        referred=reference.table,
    )


def _rules(asset: str) -> Iterator[Check]:
    for name in sql_files.names(f"checks/{asset}"):
        text = sql_files.read(f"checks/{asset}/{name}")
        description = text.split("\n", 1)[0].removeprefix("-- ")
        yield Check(name, asset, description, text)


def _warnings(asset: str) -> Iterator[Check]:
    if asset in _REJECTS_OF:
        yield Check(
            "no_rejected_records",
            "rejected_records",
            "No record of the source was rejected: `sparkify rejects` lists them, and they go "
            "when their file is mended and loaded again.",
            f"SELECT file, line, reason FROM rejected_records WHERE {_REJECTS_OF[asset]}",
            warning=True,
        )
