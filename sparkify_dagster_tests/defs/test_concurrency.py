"""Runs queue if the warehouse has one writer, and run in parallel if it has locks."""

import pytest

from sparkify_dagster.code_location import build_definitions
from sparkify_dagster.settings import Settings


@pytest.mark.parametrize(
    ("warehouse", "pools"),
    [("duckdb:///x.duckdb", {"warehouse"}), ("postgresql://localhost/x", set())],
)
def test_assets_and_checks_share_a_pool_only_where_one_process_may_write(
    warehouse: str, pools: set[str]
) -> None:
    definitions = build_definitions(Settings(warehouse=warehouse))
    job = definitions.resolve_job_def("load")
    found = {pool for node in job.graph.nodes for pool in node.definition.pools}
    assert found == pools
