"""The staging tables: the source's records as they came."""

import time
from collections.abc import Callable
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
from sparkify_dagster.loading.staging import Staged
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse

_GROUP = "staging"


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
            began = time.monotonic()
            staged = staging.stage_songs(warehouse, source, settings.max_rejects)
            context.log.info(_told(staged, began))
            found = _found(warehouse, "staging_songs", staged)
            metadata = table_metadata(warehouse, "staging_songs") | found
        version = dg.DataVersion(staged.version[:16])
        return dg.MaterializeResult(metadata=metadata, data_version=version)

    return [staging_events, staging_songs]


def _stage_months(
    context: dg.AssetExecutionContext, stage: Callable[[str], Staged], warehouse: Warehouse
) -> None:
    """Stage every month of the run; a month that fails does not keep the others from it."""
    failed = {}
    for month in required_months(context):
        began = time.monotonic()
        try:
            one = stage(month)
        except SparkifyError as error:
            context.log.error("%s", error)  # noqa: TRY400 - it says what to do; no traceback helps
            failed[month] = str(error)
            continue
        context.log.info(_told(one, began))
        context.add_asset_metadata(
            {
                "dagster/partition_row_count": one.rows,
                "version": one.version[:16],
                **_found(warehouse, "staging_events", one),
            },
            partition_key=month,
        )
    if failed:
        raise dg.Failure(
            "\n".join(failed.values()),
            metadata={"failed_months": dg.MetadataValue.json(failed)},
            allow_retries=False,
        )


def _told(staged: Staged, began: float) -> str:
    """Say what a load found, what it did and how fast."""
    seconds = max(time.monotonic() - began, 0.001)
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
