"""Jobs: the pieces of work that a person or a schedule asks for."""

from typing import Any

import dagster as dg

from sparkify_dagster.defs.dashboard import DASHBOARD
from sparkify_dagster.defs.metadata import CLUSTER
from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.loading.plan import after_songs
from sparkify_dagster.loading.reset import reset
from sparkify_dagster.loading.staging import EVENTS
from sparkify_dagster.loading.state import built_with
from sparkify_dagster.models import catalogue
from sparkify_dagster.warehouse import Warehouse


class ResetConfig(dg.Config):
    """The warehouse's location and the number of rows of songplays, which only its users know."""

    confirm_location: str
    confirm_plays: int


def build_jobs() -> list[Any]:
    """Make all jobs."""
    # First in each job that a sensor or schedule starts: it resumes a paused cluster.
    cluster = dg.AssetSelection.assets(CLUSTER)
    built_in_full = [m for m in catalogue.models().values() if not m.by_month]
    over_all = dg.AssetSelection.assets(
        *(m.name for m in built_in_full if m.layer == "analytics"), DASHBOARD
    )
    return [
        dg.define_asset_job(
            "load",
            dg.AssetSelection.all(),
            description="Load everything: songs, and the chosen log months.",
        ),
        dg.define_asset_job(
            "load_log_month",
            cluster | dg.AssetSelection.assets(*built_with(EVENTS)) | over_all,
            description="Load log months: staging, star, analytics and checks.",
        ),
        dg.define_asset_job(
            "load_songs",
            cluster | dg.AssetSelection.assets(*after_songs(), DASHBOARD),
            description="Load the songs, and record the plays that they link anew.",
        ),
        dg.define_asset_job(
            "build_analytics", over_all, description="Build the analytics over all months."
        ),
        dg.define_asset_job(
            "create_tables",
            cluster,
            description="Create the warehouse and its tables, where they are missing.",
        ),
        _reset_job(),
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


def _reset_job() -> dg.JobDefinition:
    # Made here and not in the module, where Dagster would find it a second time: it loads what
    # modules of this package hold (see `definitions.py`).
    @dg.job(
        name="reset_warehouse",
        description=(
            "Drop and recreate all tables. Needs the warehouse's location (`sparkify doctor`) and "
            "the number of rows of songplays in its configuration."
        ),
    )
    def reset() -> None:
        reset_tables()

    return reset
