"""The facts of the star: songplays."""

import dagster as dg

from sparkify_dagster.assets.common import derived_asset
from sparkify_dagster.settings import Settings


def build(settings: Settings) -> list[dg.AssetsDefinition]:
    """Make the asset `songplays`; it comes after the tables that it references."""
    deps = ["staging_events", "time", "users", "songs", "artists"]
    return [derived_asset(settings, "songplays", group="star", deps=deps)]
