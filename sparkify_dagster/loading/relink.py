"""Late rows: songs that arrive after the plays that they match.

When a table such as `songs` is published, the rows of songplays whose title and artist name
appeared, disappeared or changed there are recorded as a change of their months. Only these rows
are built again, from the staged events of the same titles. A model declares this by `-- late:`.
"""

from collections.abc import Sequence

from sparkify_dagster.loading import builds, changes
from sparkify_dagster.loading.changes import Change
from sparkify_dagster.models import catalogue, windows
from sparkify_dagster.models.model import Late, Model
from sparkify_dagster.models.windows import Window
from sparkify_dagster.warehouse.base import Transaction


def followers(lookup: str) -> list[Model]:
    """Return the tables whose rows late rows of a table link anew."""
    return [m for m in catalogue.models().values() if m.late and m.late.lookup == lookup]


def record(tx: Transaction, model: Model, new_rows: str) -> list[Change]:
    """Record the rows of a table that change when `new_rows` replace the rows of its lookup.

    Returns the changes, one for each month that has such rows.
    """
    late, key = _late(model), model.table.primary_key[0]
    on = " AND ".join(f"changed.{c} = {model.name}.{c}" for c in late.columns)
    month = windows.month_of(model)
    tx.execute(
        f"INSERT INTO relinked_rows (table_name, log_month, change_number, key_value) "
        f"SELECT '{model.name}', rows_of.log_month, COALESCE(newest.change_number, 0) + 1, "
        f"rows_of.key_value "
        f"FROM (SELECT {month} AS log_month, {model.name}.{key} AS key_value FROM {model.name} "
        f"INNER JOIN ({_changed(model, new_rows)}) AS changed ON {on}) AS rows_of "
        f"LEFT JOIN (SELECT log_month, MAX(change_number) AS change_number FROM changes "
        f"GROUP BY log_month) AS newest ON newest.log_month = rows_of.log_month"
    )
    found = tx.query(
        f"SELECT relinked_rows.log_month, relinked_rows.change_number, "
        f"CAST({model.name}.{model.column} AS DATE) AS day "
        f"FROM relinked_rows INNER JOIN {model.name} "
        f"ON {model.name}.{key} = relinked_rows.key_value "
        f"LEFT JOIN changes ON changes.log_month = relinked_rows.log_month "
        f"AND changes.change_number = relinked_rows.change_number "
        f"WHERE relinked_rows.table_name = '{model.name}' AND changes.log_month IS NULL "
        f"GROUP BY relinked_rows.log_month, relinked_rows.change_number, "
        f"CAST({model.name}.{model.column} AS DATE)"
    )
    days: dict[tuple[str, int], set[int]] = {}
    for log_month, number, day in found:
        days.setdefault((log_month, number), set()).add(day.day)
    made = [
        Change(log_month, number, model.name, frozenset(numbers))
        for (log_month, number), numbers in sorted(days.items())
    ]
    if made:
        changes.write(tx, made)
    return made


def select(model: Model, window: Window) -> str:
    """Return the SELECT that computes the relinked rows of the days of a window."""
    late = _late(model)
    key = model.table.primary_key[0]
    columns = ", ".join(f"relinked.{column}" for column in late.columns)
    names = ", ".join(f"{late.source}.{c}" for c in catalogue.get(late.source).table.column_names)
    # Staged text may end in blanks, which the text of the star does not.
    on = " AND ".join(
        f"titles.{column} = RTRIM({late.source}.{source}, ' ')"
        for column, source in zip(late.columns, late.source_columns, strict=True)
    )
    titles = (
        f"SELECT {columns} FROM {model.name} AS relinked "
        f"WHERE {condition(model, window)} GROUP BY {columns}"
    )
    source = (
        f"(SELECT {names} FROM {late.source} INNER JOIN ({titles}) AS titles ON {on} "
        f"WHERE {window.condition(catalogue.get(late.source))})"
    )

    def relation(table: str) -> str:
        return source if table == late.source else windows.restricted(table, window)

    assert model.select is not None  # noqa: S101 - a table with late rows has a SELECT
    computed = windows.bound(model.select, relation)
    return (
        f"SELECT computed.* FROM ({computed}) AS computed "
        f"WHERE computed.{key} IN (SELECT {key} FROM {model.name} WHERE {condition(model, window)})"
    )


def condition(model: Model, window: Window) -> str:
    """Return the condition by which published rows are to be linked anew."""
    return (
        f"({window.condition(model)} AND {model.table.primary_key[0]} IN "
        f"(SELECT key_value FROM relinked_rows WHERE table_name = '{model.name}'))"
    )


def changed_otherwise(model: Model, new_rows: str, window: Window) -> str:
    """Return a query for the relinked rows that are missing or differ in other columns.

    Linking changes only the columns that come from the lookup.
    """
    kept = [c for c in model.table.column_names if c not in catalogue.linked_columns(model.name)]
    columns = ", ".join(kept)
    published = f"SELECT {columns} FROM {model.name} WHERE {condition(model, window)}"
    new = f"SELECT {columns} FROM {new_rows} WHERE {window.condition(model)}"
    return (
        f"SELECT * FROM ({published} EXCEPT {new}) AS missing "
        f"UNION ALL SELECT * FROM ({new} EXCEPT {published}) AS different"
    )


def forget(tx: Transaction, model: Model, months: Sequence[str]) -> None:
    """Remove the records of rows that were built again."""
    builds.delete_months(tx, "relinked_rows", model.name, months)


def _changed(model: Model, new_rows: str) -> str:
    """Return a query for the titles under which a row may find another one than before."""
    late = _late(model)
    read = catalogue.columns_read(model.name, late.lookup)
    columns = ", ".join(c for c in catalogue.get(late.lookup).table.column_names if c in read)
    before, after = (f"SELECT {columns} FROM {table}" for table in (late.lookup, new_rows))
    keys = ", ".join(late.columns)
    return (
        f"SELECT {keys} FROM (SELECT * FROM ({before} EXCEPT {after}) AS gone "
        f"UNION ALL SELECT * FROM ({after} EXCEPT {before}) AS added) AS differing "
        f"GROUP BY {keys}"
    )


def _late(model: Model) -> Late:
    assert model.late is not None  # noqa: S101 - callers ask for models with late rows
    return model.late
