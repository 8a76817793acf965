"""The code location, made from settings."""

import warnings

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # backfill policies are one

from sparkify_dagster.assets import build_assets  # noqa: E402
from sparkify_dagster.automation import (  # noqa: E402
    build_alerts,
    build_cluster_jobs,
    build_cluster_schedules,
    build_jobs,
    build_retention,
    build_schedules,
    build_sensors,
)
from sparkify_dagster.checks import build_checks  # noqa: E402
from sparkify_dagster.instance.heartbeat import heartbeat_executor  # noqa: E402
from sparkify_dagster.lake.source import Source, open_source  # noqa: E402
from sparkify_dagster.loading.builds import ENTIRE, MONTHLY  # noqa: E402
from sparkify_dagster.settings import Settings  # noqa: E402
from sparkify_dagster.warehouse import Warehouse, open_warehouse  # noqa: E402


def build_definitions(
    settings: Settings, warehouse: Warehouse | None = None, source: Source | None = None
) -> dg.Definitions:
    """Make all definitions; nothing is connected to, listed or read.

    A warehouse or source that is given takes the place of the one that the settings name.
    """
    retention_job, retention_schedule = build_retention(settings)
    return dg.Definitions(
        assets=build_assets(settings),
        asset_checks=build_checks(settings, ["redshift_cluster", *MONTHLY, *ENTIRE]),
        jobs=[*build_jobs(), *build_cluster_jobs(settings), retention_job],
        sensors=[*build_sensors(settings), *build_alerts(settings)],
        schedules=[
            *build_schedules(settings),
            *build_cluster_schedules(settings),
            retention_schedule,
        ],
        resources={
            "warehouse": warehouse or open_warehouse(settings),
            "source": source or open_source(settings.source),
        },
        executor=heartbeat_executor,
    )
