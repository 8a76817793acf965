"""The temporary table `new_rows`, in which rows are checked before they are published."""

from collections.abc import Sequence

from sparkify_dagster.loading.selection import NEW_ROWS
from sparkify_dagster.models.model import Model
from sparkify_dagster.models.windows import Relation
from sparkify_dagster.warehouse.base import Transaction


def fill(
    tx: Transaction, model: Model, selects: Sequence[str], parameters: dict[str, object]
) -> None:
    """Create `new_rows` with the columns of a table and without its keys, and fill it."""
    columns = ", ".join(f"{column.name} {column.type}" for column in model.table.columns)
    key = model.table.distribution_key
    tx.execute(f"CREATE TEMP TABLE {NEW_ROWS} ({columns})" + (f" DISTKEY ({key})" if key else ""))
    names = ", ".join(model.table.column_names)
    for select in selects:
        tx.execute(f"INSERT INTO {NEW_ROWS} ({names}) {select}", **parameters)
    tx.refresh_statistics(NEW_ROWS)


def own_rows(name: str) -> Relation:
    """Return the relation in which a table is `new_rows`, and every other table itself."""
    return lambda table: NEW_ROWS if table == name else table
