"""`defs`, which Dagster's commands and pages load: the code location of the environment.

It also holds what `dg scaffold defs`, or anybody, writes in Python into the package
`sparkify_dagster.defs`.
"""

import warnings

import dagster as dg

import sparkify_dagster.defs
from sparkify_dagster.code_location import build_definitions
from sparkify_dagster.settings import Settings


def _scaffolded() -> dg.Definitions:
    # Not dg.load_from_defs_folder: it takes a second to look for components in YAML, and needs a
    # pyproject.toml, which an installed package does not have.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return dg.load_definitions_from_package_module(sparkify_dagster.defs)


defs = dg.Definitions.merge(build_definitions(Settings.from_environment()), _scaffolded())
