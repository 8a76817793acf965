"""The dimensions of the star: artists, songs, users and time."""

from typing import Any

import dagster as dg

from sparkify_dagster.assets.common import (
    build_months,
    derived_asset,
    report_builds,
    table_options,
    working,
)
from sparkify_dagster.errors import LoadError
from sparkify_dagster.loading import checking, tables
from sparkify_dagster.loading.builds import WHOLE, months_after
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse

_GROUP = "star"


def build(settings: Settings) -> list[dg.AssetsDefinition]:
    """Make the assets `artists`, `songs`, `users` and `time`."""

    @dg.asset(
        deps=["staging_songs", "artists"], **table_options(settings, "songs", _GROUP, "load/songs")
    )
    def songs(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> dg.MaterializeResult[Any]:
        with working(context, warehouse):
            built = build_months(warehouse, "songs", [WHOLE])
            _link_plays(context, warehouse)
            return report_builds(context, warehouse, built)

    return [
        derived_asset(settings, "artists", group=_GROUP, deps=["staging_songs"]),
        songs,
        derived_asset(settings, "users", group=_GROUP, deps=["staging_events"]),
        derived_asset(settings, "time", group=_GROUP, deps=["staging_events"]),
    ]


def _link_plays(context: dg.AssetExecutionContext, warehouse: Warehouse) -> None:
    """Link again the months whose plays new songs explain, and no others, and what is built on it.

    They are months of other assets, so what is done is reported as their materialisations.
    """
    months = warehouse.transact(tables.months_to_link)
    if not months:
        return
    for table in months_after("songplays"):
        for built in build_months(warehouse, table, months):
            context.log.info(f"{table} {built.log_month} linked again: {built.rows:,} rows")
            context.log_event(
                dg.AssetMaterialization(
                    table,
                    description="Linked again, since songs came that its plays name",
                    partition=built.log_month,
                    metadata={"dagster/partition_row_count": built.rows, "rebuilt": built.rebuilt},
                )
            )
        failed = [o for o in checking.run_checks(warehouse, table, months) if not o.passed]
        if failed:
            found = "; ".join(f"{o.check.name}: {o.failures} rows" for o in failed)
            raise LoadError(f"{table} does not pass its checks after linking: {found}")
