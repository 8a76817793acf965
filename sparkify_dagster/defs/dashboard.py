"""The asset dashboard: the analytics as one page for the browser."""

from typing import Any

import dagster as dg

from sparkify_dagster.dashboard import write_dashboard
from sparkify_dagster.defs import metadata
from sparkify_dagster.instance import dashboard_path
from sparkify_dagster.models import catalogue
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse

DASHBOARD = "dashboard"


def build_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the asset `dashboard`, which follows all analytics."""
    analytics = [m.name for m in catalogue.models().values() if m.layer == "analytics"]

    @dg.asset(
        name=DASHBOARD,
        deps=analytics,
        group_name="analytics",
        kinds={"html"},
        owners=metadata.OWNERS,
        pool=metadata.pool(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
        description="The analytics as a page for the browser, one file that works offline",
    )
    def dashboard(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult[Any]:
        with warehouse.session():
            written = write_dashboard(warehouse, dashboard_path())
        return dg.MaterializeResult(
            metadata={
                "page": dg.MetadataValue.url(written.path.as_uri()),
                "path": dg.MetadataValue.path(written.path),
                "bytes": written.size,
                "last event": f"{written.last_event:%Y-%m-%d %H:%M} UTC"
                if written.last_event
                else "",
                "share of plays linked": round(written.linked_share or 0.0, 4),
            }
        )

    return [dashboard]
