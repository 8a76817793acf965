"""`defs`, which Dagster's commands and pages load: the code location of the environment."""

from sparkify_dagster.code_location import build_definitions
from sparkify_dagster.settings import Settings

defs = build_definitions(Settings.from_environment())
