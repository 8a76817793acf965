"""Staging a log month, or the songs: what changed in the source, in one transaction."""

from collections.abc import Callable, Sequence

from sparkify_dagster.lake.source import Source, SourceChanged, SourceFile
from sparkify_dagster.lake.staging import KEPT_REJECTS, RejectedRecord, TooManyRejects
from sparkify_dagster.loading import ledger
from sparkify_dagster.loading.audit import Outcome
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.checks import NO_REJECTS, checks_of
from sparkify_dagster.loading.staging.events import EVENTS, EventStager
from sparkify_dagster.loading.staging.songs import SONGS, SongStager
from sparkify_dagster.loading.staging.stager import (
    SAMPLE_ROWS,
    Staged,
    Stager,
    StagingFailed,
    forget_failed_load,
)
from sparkify_dagster.warehouse.base import Answer, Transaction, Warehouse

__all__ = [
    "EVENTS",
    "SONGS",
    "Staged",
    "StagingFailed",
    "claim_source",
    "rejects_outcome",
    "row_count",
    "stage_month",
    "stage_songs",
]

_TRIES = 3


def claim_source(warehouse: Warehouse, source: Source) -> None:
    """Record the source of the warehouse; raises LoadError if it was loaded from another one."""
    warehouse.transact(lambda tx: ledger.claim_source(tx, source), exclusive=True)


def stage_month(warehouse: Warehouse, source: Source, log_month: str, max_rejects: int) -> Staged:
    """Bring a log month of staging_events up to date with the source.

    Raises LoadError if the month cannot be loaded, such as for too many rejects; nothing of it is
    changed then.
    """
    return _stage(
        warehouse,
        lambda: source.list_month(log_month),
        lambda tx: EventStager(tx, source, log_month, max_rejects),
    )


def stage_songs(warehouse: Warehouse, source: Source, max_rejects: int) -> Staged:
    """Bring staging_songs up to date with the source (see `stage_month`)."""
    return _stage(
        warehouse, source.list_songs, lambda tx: SongStager(tx, source, None, max_rejects)
    )


def _stage(
    warehouse: Warehouse,
    list_files: Callable[[], list[SourceFile]],
    stager: Callable[[Transaction], Stager],
) -> Staged:
    """Stage what is listed; list again if a file changed in between."""
    try:
        for _ in range(_TRIES - 1):
            files = list_files()
            try:
                return warehouse.transact(lambda tx: stager(tx).run(files), exclusive=True)  # noqa: B023 - run at once
            except SourceChanged:
                continue
        files = list_files()
        return warehouse.transact(lambda tx: stager(tx).run(files), exclusive=True)
    except TooManyRejects as error:
        rejected, month = error.rejected, error.log_month
        warehouse.transact(lambda tx: _keep_rejects(tx, rejected, month), exclusive=True)
        raise


def row_count(tx: Transaction, table: str) -> int:
    """Return the number of rows of a staging table, as its records give it."""
    query = "SELECT SUM(row_count) FROM table_builds WHERE table_name = :table_name"
    return int(tx.value(query, table_name=table) or 0)


def rejects_outcome(table: str, error: TooManyRejects) -> Outcome:
    """Return the outcome of the check of rejects for a load that had too many."""
    [check] = [c for c in checks_of(table) if c.name == NO_REJECTS]
    rows = [(r.file, r.line, r.reason) for r in error.rejected[:SAMPLE_ROWS]]
    sample = Answer(("file", "line", "reason"), rows)
    return Outcome(check, {error.log_month or ALL: error.count}, sample)


def _keep_rejects(
    tx: Transaction, rejected: Sequence[RejectedRecord], log_month: str | None
) -> None:
    """Keep the first rejects of a load that failed, until the next load of its month."""
    forget_failed_load(tx, log_month)
    ledger.write_rejects(tx, rejected[:KEPT_REJECTS], log_month, {}, load_failed=True)
