"""Building a star table, for a log month or whole, from staging."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sparkify_dagster import partitions
from sparkify_dagster.errors import LoadError
from sparkify_dagster.loading import builds
from sparkify_dagster.loading.builds import DERIVED, WHOLE, Build
from sparkify_dagster.loading.lanes import side_by_side
from sparkify_dagster.warehouse.base import Locks, Transaction, Warehouse

# The tables that a build writes besides its own, and those that it needs unchanged.
_LOCKS = {
    "songs": Locks(write=("songs", "songplays")),
    "users": Locks(write=("users", "user_months"), read=("staging_events",)),
}


@dataclass(frozen=True)
class Built:
    """What a build came to; `rebuilt` is False where the table was current already."""

    table: str
    log_month: str
    rows: int
    version: str
    rebuilt: bool


def build(warehouse: Warehouse, table: str, log_month: str = WHOLE) -> Built:
    """Build a table's month (or the whole table) in one transaction, if its inputs changed.

    Raises LoadError where the month, or the songs, were never staged.
    """
    return warehouse.transact(lambda tx: _build(tx, table, log_month), _locks(table, log_month))


def build_months(warehouse: Warehouse, table: str, months: Sequence[str]) -> Iterator[Built]:
    """Build months of a table (see `build`), oldest first, and yield what each came to."""

    def work(month: str) -> Built:
        return build(warehouse, table, month)

    # A table that is locked whole, not by month, is written by one month after the other.
    if _locks(table, months[0]).month is None:
        return map(work, months)
    return side_by_side(warehouse, work, months)


def has_inputs(tx: Transaction, table: str) -> bool:
    """Whether all that a table is built from whole was built at least once."""
    return builds.wanted_inputs(table, builds.read_builds(tx), WHOLE) is not None


def months_to_link(tx: Transaction) -> list[str]:
    """Give the months of songplays that were built once and marked by songs that came since.

    Such a month has plays, and no record of its build; `load/songs` takes the record away.
    """
    known = builds.read_builds(tx)
    months = {month for table, month in known if table == "staging_events"}
    built = {month for table, month in known if table == "songplays"}
    rows = builds.month_rows("songplays")
    return [
        month
        for month in sorted(months - built)
        if tx.count("songplays", rows, **partitions.sql_parameters(month))
    ]


def _locks(table: str, log_month: str) -> Locks:
    if table in _LOCKS:
        return _LOCKS[table]
    if log_month == WHOLE:
        return Locks(write=(table,))
    read = ("songs",) if table == "songplays" else ()
    return Locks(write=(table,), read=read, month=log_month)


def _build(tx: Transaction, table: str, log_month: str) -> Built:
    known = builds.read_builds(tx, None if log_month == WHOLE else log_month)
    inputs = builds.wanted_inputs(table, known, log_month)
    if inputs is None:
        what = " and ".join(DERIVED[table].inputs)
        raise LoadError(f"{table} of {log_month} cannot be built: materialise {what} first")
    last = known.get((table, log_month))
    if last and last.inputs == inputs:
        return Built(table, log_month, last.row_count, last.version, rebuilt=False)
    parameters = {} if log_month == WHOLE else partitions.sql_parameters(log_month)
    tx.run_file(DERIVED[table].file, **parameters)
    rows = tx.count(table, builds.month_rows(table), **parameters)
    version = _version(table, known, inputs)
    builds.record(tx, Build(table, log_month, inputs, version, None, rows))
    return Built(table, log_month, rows, version, rebuilt=True)


def _version(table: str, known: builds.Builds, inputs: str) -> str:
    """Tell what is built on it apart: plays change with the songs that they are linked to."""
    songs = known.get(("songs", WHOLE))
    if table == "songplays" and songs:
        return builds.digest_of(inputs, songs.version)
    return inputs
