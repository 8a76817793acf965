"""Jobs: the pieces of work that a person or a schedule asks for."""

from typing import TYPE_CHECKING

import dagster as dg

from sparkify_dagster.defs.dashboard import DASHBOARD
from sparkify_dagster.defs.metadata import CLUSTER
from sparkify_dagster.loading import schema
from sparkify_dagster.loading.plan import after_songs
from sparkify_dagster.loading.staging import EVENTS
from sparkify_dagster.loading.state import built_with
from sparkify_dagster.models import catalogue
from sparkify_dagster.warehouse import Warehouse

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import (
        UnresolvedAssetJobDefinition,
    )

CONFIRMATION = "reset"


class ResetConfig(dg.Config):
    """What reset_warehouse asks for: the word `reset`, so that nobody runs it by mistake."""

    confirm: str


def build_jobs() -> "list[dg.JobDefinition | UnresolvedAssetJobDefinition]":
    """Make all jobs."""
    analytics = [m.name for m in catalogue.models().values() if not m.by_month]
    over_all = dg.AssetSelection.assets(
        *(name for name in analytics if catalogue.get(name).layer == "analytics"), DASHBOARD
    )
    return [
        dg.define_asset_job(
            "load",
            dg.AssetSelection.all(),
            description="Load everything: songs, and the chosen log months.",
        ),
        dg.define_asset_job(
            "load_log_month",
            dg.AssetSelection.assets(*built_with(EVENTS)) | over_all,
            description="Load log months: staging, star, analytics and checks.",
        ),
        dg.define_asset_job(
            "load_songs",
            dg.AssetSelection.assets(*after_songs(), DASHBOARD),
            description="Load the songs, and record the plays that they link anew.",
        ),
        dg.define_asset_job(
            "build_analytics", over_all, description="Build the analytics over all months."
        ),
        dg.define_asset_job(
            "create_tables",
            dg.AssetSelection.assets(CLUSTER),
            description="Create the warehouse and its tables, where they are missing.",
        ),
        reset_job,
    ]


@dg.op
def reset_tables(
    context: dg.OpExecutionContext, config: ResetConfig, warehouse: dg.ResourceParam[Warehouse]
) -> None:
    """Drop all tables and make them anew, empty."""
    if config.confirm != CONFIRMATION:
        raise dg.Failure(
            f"reset_warehouse drops all tables of {warehouse.location}: to do so, set confirm to "
            f"{CONFIRMATION!r} in the configuration of reset_tables. Nothing was dropped",
            allow_retries=False,
        )
    with warehouse.session():
        dropped = schema.drop_tables(warehouse)
        made = schema.ensure_tables(warehouse)
    context.log.info(f"dropped {', '.join(dropped) or 'nothing'}; made {', '.join(made)}")


@dg.job(
    name="reset_warehouse",
    description="Drop and recreate all tables. Asks for `confirm: reset` in its configuration.",
)
def reset_job() -> None:
    """Drop and recreate all tables."""
    reset_tables()
