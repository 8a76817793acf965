"""The assets staging_events and staging_songs: the source's records as they came."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from sparkify_dagster.defs import metadata, results
from sparkify_dagster.defs.table import Event, by_person, check_alone, check_results
from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.instance.failures import FAILED_MONTHS
from sparkify_dagster.lake.source import Source
from sparkify_dagster.lake.staging import TooManyRejects
from sparkify_dagster.loading import schema, staging, state
from sparkify_dagster.loading.audit import Outcome
from sparkify_dagster.loading.checks import NO_REJECTS, checks_of
from sparkify_dagster.loading.staging import EVENTS, SONGS, Staged, StagingFailed
from sparkify_dagster.models import catalogue
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse


def build_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the assets `staging_events` and `staging_songs`."""
    return [
        _asset(settings, EVENTS, lambda *given: _stage_months(settings, *given)),
        _asset(settings, SONGS, lambda *given: _stage_songs(settings, *given)),
    ]


def _asset(
    settings: Settings,
    name: str,
    stage: Callable[[dg.AssetExecutionContext, Warehouse, Source], Iterator[Event]],
) -> dg.AssetsDefinition:
    model = catalogue.get(name)

    @dg.multi_asset(
        name=name,
        specs=[metadata.spec(settings, model)],
        check_specs=metadata.check_specs(name, checks_of(name)),
        can_subset=True,
        partitions_def=metadata.log_months(settings) if model.by_month else None,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=metadata.pool(settings),
    )
    def build(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        source: dg.ResourceParam[Source],
    ) -> Iterator[Event]:
        with metadata.working(context, warehouse):
            if not context.selected_asset_keys:
                yield from check_alone(context, warehouse, name)
                return
            schema.ensure_tables(warehouse)
            yield from stage(context, warehouse, source)

    return build


def _stage_months(
    settings: Settings, context: dg.AssetExecutionContext, warehouse: Warehouse, source: Source
) -> Iterator[Event]:
    """Stage every month of the run; a month that fails does not keep the others from it."""
    outcomes, failed = list[Outcome](), dict[str, str]()
    done = list[Staged]()
    for month in metadata.required_months(context):
        try:
            staged = _timed(
                context,
                lambda month=month: staging.stage_month(  # type: ignore[misc]
                    warehouse, source, month, settings.max_rejects
                ),
            )
        except SparkifyError as error:
            context.log.error("%s", error)  # noqa: TRY400 - a traceback says nothing here
            failed[month] = str(error)
            outcomes += _outcomes_of(error, EVENTS)
            context.log_event(_observed(error, EVENTS, month))
            continue
        if staged.without_files:
            context.log_event(_observed_without_files(month))
            continue
        outcomes += staged.outcomes
        done.append(staged)
    if not done and not failed:
        return  # no output: what depends on it is skipped, and no partition is marked
    yield from check_results(context, EVENTS, outcomes)
    months = {staged.title: _found(warehouse, EVENTS, staged) for staged in done}
    if failed:
        results.log_months(context, EVENTS, months)
        raise dg.Failure(
            "\n".join(failed.values()),
            metadata={FAILED_MONTHS: dg.MetadataValue.json(failed)},
            allow_retries=False,
        )
    total = warehouse.transact(lambda tx: staging.row_count(tx, EVENTS))
    seen = metadata.look(warehouse, EVENTS) if by_person(context) else {}
    yield from results.result(context, EVENTS, months, {"dagster/row_count": total, **seen})


def _stage_songs(
    settings: Settings, context: dg.AssetExecutionContext, warehouse: Warehouse, source: Source
) -> Iterator[Event]:
    try:
        staged = _timed(
            context, lambda: staging.stage_songs(warehouse, source, settings.max_rejects)
        )
    except SparkifyError as error:
        yield from check_results(context, SONGS, _outcomes_of(error, SONGS))
        context.log_event(_observed(error, SONGS))
        raise
    yield from check_results(context, SONGS, staged.outcomes)
    seen = metadata.look(warehouse, SONGS) if by_person(context) else {}
    yield dg.MaterializeResult(
        asset_key=SONGS,
        metadata={"dagster/row_count": staged.rows, **_found(warehouse, SONGS, staged), **seen},
        data_version=dg.DataVersion(staged.version[:16]),
    )


def _outcomes_of(error: SparkifyError, table: str) -> list[Outcome]:
    """Return the checks that a load failed: a failing input fails none but that of rejects."""
    if isinstance(error, StagingFailed):
        return error.outcomes
    if isinstance(error, TooManyRejects):
        return [staging.rejects_outcome(table, error)]
    return []


def _observed(error: SparkifyError, table: str, month: str | None = None) -> dg.AssetObservation:
    """Return what the page of a partition shows of a load that failed: why, and the rejects."""
    shown: dict[str, Any] = {}
    for outcome in _outcomes_of(error, table):
        if outcome.check.name == NO_REJECTS:
            shown["rejected records"] = outcome.rows
            shown["first rejected records"] = metadata.table_value(outcome.sample)
    return dg.AssetObservation(table, description=str(error), partition=month, metadata=shown)


def _observed_without_files(month: str) -> dg.AssetObservation:
    text = f"no files: the source has none of {month}, so nothing was loaded"
    return dg.AssetObservation(EVENTS, description=text, partition=month, metadata={"files": 0})


def _timed(context: dg.AssetExecutionContext, stage: Callable[[], Staged]) -> Staged:
    """Stage, and log what was found, what was done and how fast."""
    began = time.monotonic()
    staged = stage()
    seconds = max(time.monotonic() - began, 0.001)
    files = ", ".join(f"{count:,} {kind}" for kind, count in staged.files.counts().items())
    if staged.without_files:
        context.log.warning(f"{staged.title}: no files")
        return staged
    context.log.info(
        f"{staged.title}: files {files}; {staged.rows_loaded:,} rows loaded in {seconds:.1f} s "
        f"({staged.rows_loaded / seconds:,.0f} a second); holds {staged.rows:,} rows and "
        f"{staged.rejected:,} rejected records"
    )
    return staged


def _found(warehouse: Warehouse, table: str, staged: Staged) -> dict[str, Any]:
    """Return what a materialisation shows of a load, and the state that it left the table in."""
    counts = {f"files {kind}": count for kind, count in staged.files.counts().items()}
    rows = {} if staged.log_month is None else {"dagster/partition_row_count": staged.rows}
    return {
        **rows,
        **counts,
        "version": staged.version[:16],
        "rows loaded": staged.rows_loaded,
        "rejected records": staged.rejected,
        state.METADATA_KEY: state.state_of(warehouse, table, staged.listed),
    }
