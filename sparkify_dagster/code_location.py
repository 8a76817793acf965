"""The code location, made from settings."""

import warnings

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # backfill policies are one

from sparkify_dagster.defs import (  # noqa: E402
    alerts,
    cluster,
    dashboard,
    jobs,
    resources,
    retention,
    schedules,
    sensors,
    staging,
    table,
    warehouse,
)
from sparkify_dagster.instance.executors import build_executor  # noqa: E402
from sparkify_dagster.lake.locate import open_source  # noqa: E402
from sparkify_dagster.lake.source import Source  # noqa: E402
from sparkify_dagster.settings import Settings  # noqa: E402
from sparkify_dagster.warehouse import Warehouse, open_warehouse  # noqa: E402


def build_definitions(
    settings: Settings,
    given_warehouse: Warehouse | None = None,
    given_source: Source | None = None,
) -> dg.Definitions:
    """Build all definitions; nothing is connected to, listed or read.

    A warehouse or source that is given is used instead of the one that the settings name.
    """
    retention_job, retention_schedule = retention.build_retention(settings)
    return dg.Definitions(
        assets=[
            *warehouse.build_assets(settings),
            *staging.build_assets(settings),
            *table.build_assets(settings),
            *dashboard.build_assets(settings),
        ],
        jobs=[*jobs.build_jobs(), *cluster.build_cluster_jobs(settings), retention_job],
        sensors=[*sensors.build_sensors(settings), *alerts.build_alerts(settings)],
        schedules=[
            *schedules.build_schedules(settings),
            *cluster.build_cluster_schedules(settings),
            retention_schedule,
        ],
        resources={
            "warehouse": resources.warehouse_resource(
                settings, given_warehouse or open_warehouse(settings)
            ),
            "source": resources.source_resource(given_source or open_source(settings.source)),
        },
        executor=build_executor(settings),
    )
