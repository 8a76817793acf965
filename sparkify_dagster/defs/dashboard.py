"""The asset dashboard: the analytics as one page for the browser."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from sparkify_dagster.dashboard import Published, publish_dashboard
from sparkify_dagster.defs import metadata
from sparkify_dagster.instance.failures import WARNING
from sparkify_dagster.instance.home import instance_home
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
        output_required=False,
        description=(
            "The analytics as a page for the browser, one file that works offline\n\n"
            "If it cannot be written, the run still succeeds, and an observation has the warning."
        ),
    )
    def dashboard(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        try:
            with warehouse.session():
                published = publish_dashboard(warehouse, settings.dashboard, instance_home())
        except Exception as error:  # noqa: BLE001 - a page is no reason to fail a load
            warning = f"the dashboard was not written: {error}"
            context.log.warning(warning)
            observed = dg.AssetObservation(DASHBOARD, metadata={WARNING: warning})
            context.log_event(observed)
            return
        yield dg.MaterializeResult(metadata=_metadata(published))

    return [dashboard]


def _metadata(published: Published) -> dict[str, Any]:
    summary = published.summary
    last_event = f"{summary.last_event:%Y-%m-%d %H:%M} UTC" if summary.last_event else ""
    # Browsers open no file:// link that a web server's page contains.
    is_file = published.link.startswith("file:")
    page = {} if is_file else {"page": dg.MetadataValue.url(published.link)}
    return {
        **page,
        "path": dg.MetadataValue.path(published.place),
        "bytes": summary.size,
        "last event": last_event,
        "share of plays linked": round(summary.linked_share or 0.0, 4),
    }
