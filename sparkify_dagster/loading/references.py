"""References to rows that disappeared: checked at the end of a load.

While a load is under way, a fact may name a row that no longer exists, since the fact is built
after the row. What disappeared is noted in `removed_keys`.
"""

from sparkify_dagster.loading import audit, builds
from sparkify_dagster.loading.audit import Query
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.models import catalogue, windows
from sparkify_dagster.warehouse.base import Transaction, Warehouse


def check_removed(warehouse: Warehouse) -> list[str]:
    """Check that no row refers to a key that disappeared; return what is wrong, a line each.

    The records of months that refer to one are removed, so that the next load builds them again.
    """
    if not warehouse.transact(lambda tx: tx.count("removed_keys")):
        return []
    return warehouse.transact(_check, exclusive=True)


def _check(tx: Transaction) -> list[str]:
    problems = []
    lost = {str(name) for (name,) in tx.query("SELECT DISTINCT table_name FROM removed_keys")}
    for table in sorted(lost):
        for name in catalogue.referring(table):
            problems += _check_references(tx, name, table)
    tx.execute("DELETE FROM removed_keys")
    return problems


def _check_references(tx: Transaction, name: str, table: str) -> list[str]:
    model, problems = catalogue.get(name), []
    month = windows.month_of(model) if model.windowed else f"'{ALL}'"
    for reference in model.table.references:
        if reference.table != table:
            continue
        gone = (
            f"SELECT removed.key_value FROM removed_keys AS removed LEFT JOIN {table} "
            f"ON CAST({table}.{reference.target} AS VARCHAR(64)) = removed.key_value "
            f"WHERE removed.table_name = '{table}' AND {table}.{reference.target} IS NULL"
        )
        query = Query(
            f"SELECT * FROM {name} WHERE CAST({reference.column} AS VARCHAR(64)) IN ({gone})", month
        )
        [rows] = audit.count(tx, [query], {})
        if rows:
            months = sorted(rows)
            builds.forget(tx, name, months)
            count = sum(rows.values())
            problems.append(
                f"{name}: {count:,} rows in {', '.join(months)} have a {reference.column} that is "
                f"no longer in {table}; the next load builds these months again"
            )
    return problems
