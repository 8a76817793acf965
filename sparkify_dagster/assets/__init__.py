"""The assets: what the pipeline makes, each a thin layer over `loading`.

Warehouse and source come in as resources; nothing here knows which engine or kind of source it is.
"""

from typing import TYPE_CHECKING

from sparkify_dagster.assets import analytics, cluster, dimensions, facts, staging

if TYPE_CHECKING:
    import dagster as dg

    from sparkify_dagster.settings import Settings


def build_assets(settings: "Settings") -> "list[dg.AssetsDefinition]":
    """Make all assets, as the settings want them."""
    return [
        *cluster.build(settings),
        *staging.build(settings),
        *dimensions.build(settings),
        *facts.build(settings),
        *analytics.build(settings),
    ]
