"""What a load costs on Redshift: statements, and the hours and price of the cluster."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sparkify_dagster.cluster import Aws, cost_per_hour
from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.settings import Settings

if TYPE_CHECKING:
    from sparkify_dagster.warehouse.base import Warehouse

# Counted on loads of a day, of a song and of three months; a test allows a fourth more or less.
_ALWAYS, _PER_TABLE, _PER_MONTH, _PER_NEW_TABLE = 40, 10, 26, 3
# A load's query label is the id of its Dagster run; users see their own queries.
_LAST_RUN = """
    SELECT COUNT(*), MIN(start_time), MAX(end_time)
    FROM sys_query_history
    WHERE query_label LIKE '________-____-____-____-____________%'
    GROUP BY query_label
    ORDER BY MIN(start_time) DESC
    LIMIT 1
"""


def statements(tables: int, months: int, new_tables: int) -> int:
    """Estimate how many statements a load sends that builds tables and stages months of files."""
    if not tables and not months:
        return 0
    return _ALWAYS + _PER_TABLE * tables + _PER_MONTH * months + _PER_NEW_TABLE * new_tables


def in_words(settings: Settings, aws: Aws, count: int, last: Sequence[Any]) -> str:
    """Describe the cost of a load; `last` is what `last_run` returned."""
    price = "" if settings.redshift.host else cost_per_hour(settings, aws)
    said = [f"That is about {count:,} statements on Redshift.", price]
    if last:
        number, began, ended = last
        hours = (ended - began).total_seconds() / 3600
        said.append(f"The last run of a load sent {number:,} in {hours:.2f} cluster hours.")
    return " ".join(filter(None, said))


def last_run(warehouse: "Warehouse") -> Sequence[Any]:
    """Return statements, beginning and end of the last run of a load; nothing if not known."""
    try:
        rows = warehouse.query(_LAST_RUN)
    except WarehouseError:
        return ()
    return rows[0] if rows else ()
