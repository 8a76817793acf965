"""The staging tables: the source's records as they came."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from sparkify_dagster.assets.common import (
    required_months,
    table_metadata,
    table_options,
    working,
)
from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.lake.source import Source
from sparkify_dagster.loading import schema, staging, state
from sparkify_dagster.loading.lanes import side_by_side
from sparkify_dagster.loading.staging import Staged
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse

_GROUP = "staging"


@dataclass(frozen=True)
class _Timed:
    """A load, and what is told of it."""

    staged: Staged
    told: str


def build(settings: Settings) -> list[dg.AssetsDefinition]:
    """Make the assets `staging_events` and `staging_songs`."""

    @dg.asset(
        deps=["redshift_cluster"],
        **table_options(settings, "staging_events", _GROUP, "tables/staging_events"),
    )
    def staging_events(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        source: dg.ResourceParam[Source],
    ) -> dg.MaterializeResult[Any]:
        with working(context, warehouse):
            schema.ensure_tables(warehouse)
            staging.claim_source(warehouse, source)
            _stage_months(
                context,
                lambda month: staging.stage_month(warehouse, source, month, settings.max_rejects),
                warehouse,
            )
            return dg.MaterializeResult(metadata=table_metadata(warehouse, "staging_events"))

    @dg.asset(
        deps=["redshift_cluster"],
        **table_options(settings, "staging_songs", _GROUP, "tables/staging_songs"),
    )
    def staging_songs(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        source: dg.ResourceParam[Source],
    ) -> dg.MaterializeResult[Any]:
        with working(context, warehouse):
            schema.ensure_tables(warehouse)
            timed = _timed(lambda: staging.stage_songs(warehouse, source, settings.max_rejects))
            context.log.info(timed.told)
            found = _found(warehouse, "staging_songs", timed.staged)
            metadata = table_metadata(warehouse, "staging_songs") | found
        version = dg.DataVersion(timed.staged.version[:16])
        return dg.MaterializeResult(metadata=metadata, data_version=version)

    return [staging_events, staging_songs]


def _stage_months(
    context: dg.AssetExecutionContext, stage: Callable[[str], Staged], warehouse: Warehouse
) -> None:
    """Stage every month of the run; a month that fails does not keep the others from it."""
    failed, months = {}, required_months(context)
    for month, found in zip(months, _tried(warehouse, stage, months), strict=True):
        if isinstance(found, SparkifyError):
            context.log.error("%s", found)
            failed[month] = str(found)
            continue
        context.log.info(found.told)
        context.add_asset_metadata(
            {
                "dagster/partition_row_count": found.staged.rows,
                "version": found.staged.version[:16],
                **_found(warehouse, "staging_events", found.staged),
            },
            partition_key=month,
        )
    if failed:
        raise dg.Failure(
            "\n".join(failed.values()),
            metadata={"failed_months": dg.MetadataValue.json(failed)},
            allow_retries=False,
        )


def _tried(
    warehouse: Warehouse, stage: Callable[[str], Staged], months: Sequence[str]
) -> Iterator[_Timed | SparkifyError]:
    def attempt(month: str) -> _Timed | SparkifyError:
        try:
            return _timed(lambda: stage(month))
        except SparkifyError as error:
            return error

    return side_by_side(warehouse, attempt, months)


def _timed(stage: Callable[[], Staged]) -> _Timed:
    began = time.monotonic()
    staged = stage()
    return _Timed(staged, _told(staged, max(time.monotonic() - began, 0.001)))


def _told(staged: Staged, seconds: float) -> str:
    """Say what a load found, what it did and how fast."""
    found = ", ".join(f"{count:,} {kind}" for kind, count in staged.changes.counts().items())
    return (
        f"{staged.title}: files {found}; {staged.rows_loaded:,} rows loaded in {seconds:.1f} s "
        f"({staged.rows_loaded / seconds:,.0f} a second); holds {staged.rows:,} rows and "
        f"{staged.rejected:,} rejected records"
    )


def _found(warehouse: Warehouse, table: str, staged: Staged) -> dict[str, Any]:
    """Give what a materialisation shows of a load, and the state that it left the table in."""
    counts = {f"files {kind}": count for kind, count in staged.changes.counts().items()}
    return {
        **counts,
        "rows loaded": staged.rows_loaded,
        "rejected records": staged.rejected,
        state.METADATA_KEY: state.state_of(warehouse, table, staged.listed),
    }
