"""Jobs: the pieces of work that a person or a schedule asks for."""

from typing import Any

import dagster as dg

from sparkify_dagster.assets.analytics import DASHBOARD
from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.loading import builds
from sparkify_dagster.loading.reset import reset
from sparkify_dagster.warehouse import Warehouse


class ResetConfig(dg.Config):
    """The warehouse's location and the number of rows of songplays, which only its users know."""

    confirm_location: str
    confirm_plays: int


def build_jobs() -> list[Any]:
    """Make all jobs."""
    # First in each job that a sensor or schedule starts: it resumes a paused cluster.
    cluster = dg.AssetSelection.assets("redshift_cluster")
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
            cluster | monthly | answers,
            description="Load log months: staging, star, analytics and checks.",
        ),
        dg.define_asset_job(
            "load_songs",
            cluster | catalogue | answers,
            description="Load the songs, and link the months whose plays they explain.",
        ),
        dg.define_asset_job(
            "answer", answers, description="Build what is asked of all months and songs."
        ),
        dg.define_asset_job(
            "create_tables",
            cluster,
            description="Make the warehouse and its tables, where they are missing.",
        ),
        reset_job,
    ]


@dg.op
def reset_tables(
    context: dg.OpExecutionContext, config: ResetConfig, warehouse: dg.ResourceParam[Warehouse]
) -> None:
    """Drop all tables and create them empty."""
    try:
        dropped, made = reset(warehouse, config.confirm_location, config.confirm_plays)
    except SparkifyError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    context.log.info(f"dropped {', '.join(dropped) or 'nothing'}; created {', '.join(made)}")


@dg.job(
    name="reset_warehouse",
    description=(
        "Drop and recreate all tables. Needs the warehouse's location (`sparkify doctor`) and the "
        "number of rows of songplays in its configuration."
    ),
)
def reset_job() -> None:
    """Drop and recreate all tables."""
    reset_tables()
