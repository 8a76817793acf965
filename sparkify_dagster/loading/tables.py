"""Building tables of a warehouse: each batch of months, or the whole table, in one transaction."""

from collections.abc import Callable, Iterator, Sequence

from sparkify_dagster.loading import builds, publish
from sparkify_dagster.loading.builds import State
from sparkify_dagster.loading.publish import Publication
from sparkify_dagster.models import catalogue
from sparkify_dagster.warehouse.base import Transaction, Warehouse

# The staged rows of the months that are built together; bounds the size of temporary tables.
BATCH_ROWS = 3_000_000


def build(warehouse: Warehouse, name: str, months: Sequence[str]) -> Iterator[Publication]:
    """Build a table that loads fill: months of it, or all of it if it is built in full."""
    if catalogue.get(name).windowed:
        yield from _in_batches(
            warehouse,
            months,
            lambda tx, state, batch: publish.build_months(tx, state, name, batch),
        )
    else:
        yield warehouse.transact(lambda tx: publish.build_full(tx, name), exclusive=True)


def recheck(warehouse: Warehouse, name: str) -> Publication:
    """Run the checks of a table over its published rows, batch by batch."""

    def check(tx: Transaction, state: State, months: Sequence[str]) -> Publication:
        return publish.recheck(tx, state, name, months)

    if not catalogue.get(name).windowed:
        return warehouse.transact(lambda tx: check(tx, builds.read_state(tx), []), exclusive=True)
    months = warehouse.transact(lambda tx: builds.read_state(tx).months(name))
    total = Publication()
    for one in _in_batches(warehouse, months, check):
        total.built += one.built
        total.outcomes += one.outcomes
    return total


def _in_batches(
    warehouse: Warehouse,
    months: Sequence[str],
    work: Callable[[Transaction, State, Sequence[str]], Publication],
) -> Iterator[Publication]:
    """Do work for months, each batch in a transaction of its own."""
    remaining = sorted(months)

    def next_batch(tx: Transaction) -> tuple[int, Publication]:
        state = builds.read_state(tx)
        batch = remaining[: _batch_size(state, remaining)]
        return len(batch), work(tx, state, batch)

    while remaining:
        count, publication = warehouse.transact(next_batch, exclusive=True)
        yield publication
        del remaining[:count]


def _batch_size(state: State, months: Sequence[str]) -> int:
    """Return how many of the first months have a bounded number of staged rows; at least one."""
    size = 0
    for count, month in enumerate(months):
        staged = state.builds.get(("staging_events", month))
        size += staged.row_count if staged else 0
        if count and size > BATCH_ROWS:
            return count
    return len(months)
