"""What the Dagster instance knows of loads: which states were loaded, what runs now, what failed.

The instance is asked, and not the warehouse: a tick must not wait for a DuckDB file that a run has
open, nor wake a cluster that is paused.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import cast

import dagster as dg

from sparkify_dagster.defs.table import RELINKED
from sparkify_dagster.instance.failures import SONGS, failures_of
from sparkify_dagster.instance.runs import FIRST_TAG, LAST_TAG
from sparkify_dagster.loading import state
from sparkify_dagster.models import catalogue
from sparkify_dagster.partitions import months_between

LOADING_JOBS = {
    "staging_events": ("load", "load_log_month"),
    "staging_songs": ("load", "load_songs"),
}
RESET_JOB = "reset_warehouse"
REQUEST_TAG = "dagster/run_key"
_LOOKED_BACK = 100  # materialisations of songs since a month was built

_SINGLE = "dagster/partition"
_NOT_OVER = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def months_of_run(run: dg.DagsterRun) -> list[str]:
    """Give the log months that a run is of; none where it has no partition."""
    if FIRST_TAG in run.tags:
        return months_between(run.tags[FIRST_TAG], run.tags[LAST_TAG])
    return [run.tags[_SINGLE]] if _SINGLE in run.tags else []


class Records:
    """What the instance knows of one staging table and of what is built on it."""

    def __init__(self, instance: dg.DagsterInstance, staging_table: str) -> None:
        self._instance = instance
        self._table = staging_table
        self._monthly = catalogue.get(staging_table).by_month
        self._good: dict[str, bool] = {}

    @property
    def last_reset(self) -> str:
        """The last run that emptied the warehouse; empty if there was none."""
        return self._last_reset.dagster_run.run_id if self._last_reset else ""

    def keys(self) -> set[str]:
        """Return the partition keys that were ever loaded, or tried."""
        key = dg.AssetKey(self._table)
        return self._instance.get_materialized_partitions(key) if self._monthly else {SONGS}

    def loaded(self, key: str) -> str | None:
        """Return the state in which a key was last loaded, with all that is built on it.

        None if it never was, if that run did not succeed, if a table was not built since, or if the
        warehouse was emptied since.
        """
        staged = self._last(self._table, key)
        if staged is None or not self._is_good(staged):
            return None
        built = [self._last(t, key) for t in state.built_with(self._table) if t != self._table]
        if not all(record and record.storage_id > staged.storage_id for record in built):
            return None
        noted = staged.asset_materialization.metadata.get(state.METADATA_KEY)  # type: ignore[union-attr]
        if noted is None:
            return None
        late = (self._last(m.name, key) for m in catalogue.models().values() if m.late)
        followed = max((record.storage_id for record in late if record), default=0)
        return f"{noted.value}{self.relinked(key, before=followed)}"

    def relinked(self, key: str, before: int | None = None) -> str:
        """Return which songs last linked plays of a month anew; empty if none did.

        It belongs to the state that a month should be in. With `before`, only songs count that
        were loaded before an event of that number.
        """
        found = [
            number
            for number, months in self._relinks
            if key in months and (before is None or number < before)
        ]
        return f":{max(found)}" if found else ""

    def running(self, key: str) -> bool:
        """Whether a run that is not over covers a key."""
        return key in self._running

    def failed(self, request: str) -> dict[str, str]:
        """Return the keys that failed in the run of a request, each with its reason."""
        filters = dg.RunsFilter(tags={REQUEST_TAG: request})
        found = self._instance.get_runs(filters, limit=1)
        return failures_of(self._instance, found[0].run_id).partitions if found else {}

    @cached_property
    def _relinks(self) -> list[tuple[int, list[str]]]:
        """The latest materialisations of songs that linked plays anew, and the months of these."""
        lookups = {m.late.lookup for m in catalogue.models().values() if m.late}
        found = []
        for table in lookups if self._monthly else ():
            wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(table))
            for record in self._instance.fetch_materializations(wanted, limit=_LOOKED_BACK).records:
                materialization = record.asset_materialization
                months = materialization.metadata.get(RELINKED) if materialization else None
                if months:
                    found.append((record.storage_id, cast("list[str]", months.value)))
        return found

    def _last(self, table: str, key: str) -> "dg.EventLogRecord | None":
        partitions = [key] if self._monthly else None
        wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(table), asset_partitions=partitions)
        found = self._instance.fetch_materializations(wanted, limit=1).records
        return found[0] if found else None

    def _is_good(self, record: "dg.EventLogRecord") -> bool:
        reset = self._last_reset
        if reset and record.timestamp < (reset.end_time or 0):
            return False
        if record.run_id not in self._good:
            run = self._instance.get_run_by_id(record.run_id)
            self._good[record.run_id] = run is not None and run.is_success
        return self._good[record.run_id]

    @cached_property
    def _last_reset(self) -> "dg.RunRecord | None":
        good = [dg.DagsterRunStatus.SUCCESS]
        filters = dg.RunsFilter(job_name=RESET_JOB, statuses=good)
        found = self._instance.get_run_records(filters, limit=1)
        return found[0] if found else None

    @cached_property
    def _running(self) -> set[str]:
        return {key for run in self._runs_now() for key in self._keys_of(run)}

    def _keys_of(self, run: dg.DagsterRun) -> list[str]:
        return months_of_run(run) if self._monthly else [SONGS]

    def _runs_now(self) -> Iterator[dg.DagsterRun]:
        for run in self._instance.get_runs(dg.RunsFilter(statuses=_NOT_OVER)):
            selected = {key.to_user_string() for key in run.asset_selection or ()}
            if run.job_name in LOADING_JOBS[self._table] or self._table in selected:
                yield run
