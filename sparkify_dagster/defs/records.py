"""What the Dagster instance knows of loads: which states were loaded, what runs now, what failed.

The instance is asked, and not the warehouse: a tick must not wait for a DuckDB file that a run has
open, nor wake a cluster that is paused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

import dagster as dg

from sparkify_dagster.defs.table import RELINKED
from sparkify_dagster.loading import state
from sparkify_dagster.models import catalogue
from sparkify_dagster.partitions import months_between

SONGS = "songs"  # the part that all songs are
LOADING_JOBS = {
    "staging_events": ("load", "load_log_month"),
    "staging_songs": ("load", "load_songs"),
}
RESET_JOB = "reset_warehouse"
REQUEST_TAG = "dagster/run_key"
_LOOKED_BACK = 100  # materialisations of songs since a month was built

_FIRST, _LAST = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
_SINGLE = "dagster/partition"
_NOT_OVER = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def range_tags(first_month: str, last_month: str) -> dict[str, str]:
    """Give the tags that make a run one of a range of months."""
    return {_FIRST: first_month, _LAST: last_month}


def months_of_run(run: dg.DagsterRun) -> list[str]:
    """Give the log months that a run is of; none where it has no partition."""
    if _FIRST in run.tags:
        return months_between(run.tags[_FIRST], run.tags[_LAST])
    return [run.tags[_SINGLE]] if _SINGLE in run.tags else []


@dataclass(frozen=True)
class Failures:
    """Why a run failed: what it says of each part that it names, and of the rest."""

    parts: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    @property
    def messages(self) -> list[str]:
        """All that it says, once each."""
        return list(dict.fromkeys([*self.parts.values(), *self.others]))


def failures_of(instance: dg.DagsterInstance, run_id: str) -> Failures:
    """Read from a run's events why it failed."""
    failures = Failures()
    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.ASSET_CHECK_EVALUATION}
    for entry in instance.all_logs(run_id, of_type=kinds):
        event = entry.dagster_event
        if event is None:
            continue
        if event.is_step_failure:
            _note_step(failures, event)
        else:
            _note_check(failures, event)
    return failures


def _note_step(failures: Failures, event: dg.DagsterEvent) -> None:
    failure = event.step_failure_data
    given = failure.user_failure_data
    if given and given.metadata and "failed_months" in given.metadata:
        failures.parts.update(cast("dict[str, str]", given.metadata["failed_months"].value))
        return
    error = failure.error
    while error is not None and error.cause is not None:
        error = error.cause
    message = error.message.strip() if error else "failed"
    # Blocking checks fail their step with an error of Dagster's own; they were noted as checks.
    if error is None or error.cls_name != "DagsterAssetCheckFailedError":
        failures.others.append(f"{event.step_key}: {_without_class(message)}")


def _note_check(failures: Failures, event: dg.DagsterEvent) -> None:
    evaluation = event.asset_check_evaluation_data
    if evaluation.passed or evaluation.severity is not dg.AssetCheckSeverity.ERROR:
        return
    asset = evaluation.asset_key.to_user_string()
    told = f"check {evaluation.check_name} of {asset}: {evaluation.description}"
    named = evaluation.metadata.get("failed_months")
    months = cast("list[str]", named.value) if named else []
    for month in months:
        failures.parts.setdefault(month, told)
    if not months:
        failures.others.append(told)


def _without_class(message: str) -> str:
    """Take off the name of the exception's class, which says nothing to a reader."""
    name, _, rest = message.partition(": ")
    return rest if rest and " " not in name else message


class Records:
    """What the instance knows of one staging table and of what is built on it."""

    def __init__(self, instance: dg.DagsterInstance, staging_table: str) -> None:
        self._instance = instance
        self._table = staging_table
        self._monthly = catalogue.get(staging_table).by_month
        self._good: dict[str, bool] = {}

    @property
    def last_reset(self) -> str:
        """The last run that emptied the warehouse; empty where there was none."""
        return self._last_reset.dagster_run.run_id if self._last_reset else ""

    def parts(self) -> set[str]:
        """Give the parts that were ever loaded, or tried."""
        key = dg.AssetKey(self._table)
        return self._instance.get_materialized_partitions(key) if self._monthly else {SONGS}

    def loaded(self, part: str) -> str | None:
        """Give the state in which a part was last loaded, with all that is built on it.

        None where it never was, where that run did not end well, where something was not built
        since, or where the warehouse was emptied since.
        """
        staged = self._last(self._table, part)
        if staged is None or not self._is_good(staged):
            return None
        built = [self._last(t, part) for t in state.built_with(self._table) if t != self._table]
        if not all(record and record.storage_id > staged.storage_id for record in built):
            return None
        told = staged.asset_materialization.metadata.get(state.METADATA_KEY)  # type: ignore[union-attr]
        if told is None:
            return None
        late = (self._last(m.name, part) for m in catalogue.models().values() if m.late)
        followed = max((record.storage_id for record in late if record), default=0)
        return f"{told.value}{self.relinked(part, before=followed)}"

    def relinked(self, part: str, before: int | None = None) -> str:
        """Return which songs last linked plays of a month anew; empty if none did.

        It is part of the state that a month should be in. With `before`, only songs count that
        were loaded before an event of that number.
        """
        found = [
            number
            for number, months in self._relinks
            if part in months and (before is None or number < before)
        ]
        return f":{max(found)}" if found else ""

    def running(self, part: str) -> bool:
        """Whether a run that is not over covers a part."""
        return part in self._running

    def failed(self, request: str) -> dict[str, str]:
        """Give the parts that failed in the run of a request, each with its reason."""
        filters = dg.RunsFilter(tags={REQUEST_TAG: request})
        found = self._instance.get_runs(filters, limit=1)
        return failures_of(self._instance, found[0].run_id).parts if found else {}

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

    def _last(self, table: str, part: str) -> "dg.EventLogRecord | None":
        partitions = [part] if self._monthly else None
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
        return {part for run in self._runs_now() for part in self._parts_of(run)}

    def _parts_of(self, run: dg.DagsterRun) -> list[str]:
        return months_of_run(run) if self._monthly else [SONGS]

    def _runs_now(self) -> Iterator[dg.DagsterRun]:
        for run in self._instance.get_runs(dg.RunsFilter(statuses=_NOT_OVER)):
            selected = {key.to_user_string() for key in run.asset_selection or ()}
            if run.job_name in LOADING_JOBS[self._table] or self._table in selected:
                yield run
