"""What runs by itself, and the pieces of work that a person or a schedule asks for.

`jobs` are the pieces of work; `sensors` ask for them as files come, `schedules` by the clock, and
`alerts` tell somebody when one fails. Everything is off until it is switched on.
"""

from sparkify_dagster.automation.alerts import build_alerts
from sparkify_dagster.automation.cluster import build_cluster_jobs, build_cluster_schedules
from sparkify_dagster.automation.jobs import build_jobs
from sparkify_dagster.automation.retention import build_retention
from sparkify_dagster.automation.schedules import build_schedules
from sparkify_dagster.automation.sensors import build_sensors

__all__ = [
    "build_alerts",
    "build_cluster_jobs",
    "build_cluster_schedules",
    "build_jobs",
    "build_retention",
    "build_schedules",
    "build_sensors",
]
