"""Building tables of a warehouse: each batch of months, or the whole table, in one transaction."""

from collections.abc import Iterator, Sequence

from sparkify_dagster.loading import builds, publish
from sparkify_dagster.loading.publish import Publication
from sparkify_dagster.models import catalogue
from sparkify_dagster.warehouse.base import Transaction, Warehouse

# The staged rows of the months that are built together; bounds the size of temporary tables.
BATCH_ROWS = 3_000_000


def build(warehouse: Warehouse, name: str, months: Sequence[str]) -> Iterator[Publication]:
    """Build a table that loads fill: months of it, or all of it if it is built in full."""
    if not catalogue.get(name).windowed:
        yield warehouse.transact(lambda tx: publish.build_full(tx, name), exclusive=True)
        return
    for batch in _batches(warehouse, months):
        yield warehouse.transact(
            lambda tx, batch=batch: publish.build_months(tx, name, batch),  # type: ignore[misc]
            exclusive=True,
        )


def recheck(warehouse: Warehouse, name: str) -> Publication:
    """Run the checks of a table over its published rows, batch by batch."""
    if not catalogue.get(name).windowed:
        return warehouse.transact(lambda tx: publish.recheck(tx, name, []), exclusive=True)
    months = warehouse.transact(lambda tx: builds.read_state(tx).months(name))
    total = Publication()
    for batch in _batches(warehouse, months):
        one = warehouse.transact(
            lambda tx, batch=batch: publish.recheck(tx, name, batch),  # type: ignore[misc]
            exclusive=True,
        )
        total.built += one.built
        total.outcomes += one.outcomes
    return total


def _batches(warehouse: Warehouse, months: Sequence[str]) -> list[list[str]]:
    """Divide months into batches of a bounded number of staged rows."""
    if len(months) <= 1:
        return [[*months]] if months else []

    def rows(tx: Transaction) -> dict[str, int]:
        state = builds.read_state(tx)
        return {
            month: build.row_count
            for (table, month), build in state.builds.items()
            if table == "staging_events"
        }

    known = warehouse.transact(rows)
    batches, size = [list[str]()], 0
    for month in sorted(months):
        count = known.get(month, 0)
        if batches[-1] and size + count > BATCH_ROWS:
            batches.append([])
            size = 0
        batches[-1].append(month)
        size += count
    return batches
