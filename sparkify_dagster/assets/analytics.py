"""What the company asks of the star: one table a question, and the dashboard that shows them."""

from typing import Any

import dagster as dg

from sparkify_dagster.assets.common import derived_asset, pool
from sparkify_dagster.dashboard import write_dashboard
from sparkify_dagster.instance.home import dashboard_path
from sparkify_dagster.loading.builds import ANALYTICS, Derived
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse

_GROUP = "analytics"
DASHBOARD = "dashboard"


def build(settings: Settings) -> list[dg.AssetsDefinition]:
    """Make an asset of every analytics table, after what it is made of, and the dashboard."""

    @dg.asset(
        name=DASHBOARD,
        deps=list(ANALYTICS),
        group_name=_GROUP,
        kinds={"html"},
        owners=["team:data-engineering"],
        pool=pool(settings),
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

    tables = [
        derived_asset(settings, table, group=_GROUP, deps=_deps(how))
        for table, how in ANALYTICS.items()
    ]
    return [*tables, dashboard]


def _deps(how: Derived) -> list[str]:
    """Have what is asked of all months wait for songs, which link months of plays again."""
    return [*how.inputs] if how.monthly else [*dict.fromkeys((*how.inputs, "songs"))]
