"""The temporary table `new_rows`, in which rows are checked before they are published."""

from collections.abc import Sequence

from sparkify_dagster.loading.selection import NEW_ROWS
from sparkify_dagster.models.contract import Column
from sparkify_dagster.models.model import Model
from sparkify_dagster.models.windows import Relation
from sparkify_dagster.warehouse.base import Transaction


def fill(
    tx: Transaction, model: Model, selects: Sequence[str], parameters: dict[str, object]
) -> None:
    """Create `new_rows` from SELECTs, with the columns of a table and without its keys."""
    columns = ", ".join(_typed(column) for column in model.table.columns)
    rows = " UNION ALL ".join(f"SELECT {columns} FROM ({one}\n) AS computed" for one in selects)
    key = model.table.distribution_key
    placed = f" DISTKEY ({key})" if key else ""
    tx.execute(f"CREATE TEMP TABLE {NEW_ROWS}{placed} AS {rows}", **parameters)
    tx.refresh_statistics(NEW_ROWS)


def _typed(column: Column) -> str:
    """Return a column in its type; Redshift's CAST would cut a text that is too long."""
    if column.length is not None:
        return column.name
    return f"CAST({column.name} AS {column.type}) AS {column.name}"


def own_rows(name: str) -> Relation:
    """Return the relation in which a table is `new_rows`, and every other table itself."""
    return lambda table: NEW_ROWS if table == name else table
