"""Jobs: the pieces of work that a person or a schedule asks for."""

from typing import Any

import dagster as dg

from sparkify_dagster.assets.analytics import DASHBOARD
from sparkify_dagster.loading import builds, schema
from sparkify_dagster.warehouse import Warehouse

CONFIRMATION = "reset"


class ResetConfig(dg.Config):
    """What reset_warehouse asks for: the word `reset`, so that nobody runs it by mistake."""

    confirm: str


def build_jobs() -> list[Any]:
    """Make all jobs."""
    everything = dg.AssetSelection.all()
    monthly = dg.AssetSelection.assets(*builds.MONTHLY)
    catalogue = dg.AssetSelection.assets(*builds.CATALOGUE)
    answers = dg.AssetSelection.assets(*builds.ANSWERS, DASHBOARD)
    return [
        dg.define_asset_job(
            "load", everything, description="Load everything: songs, and the log months chosen."
        ),
        dg.define_asset_job(
            "load_log_month",
            monthly | answers,
            description="Load log months: staging, star, analytics and checks.",
        ),
        dg.define_asset_job(
            "load_songs",
            catalogue | answers,
            description="Load the songs, and link the months whose plays they explain.",
        ),
        dg.define_asset_job(
            "answer", answers, description="Build what is asked of all months and songs."
        ),
        dg.define_asset_job(
            "create_tables",
            dg.AssetSelection.assets("redshift_cluster"),
            description="Make the warehouse and its tables, where they are missing.",
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
