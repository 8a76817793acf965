"""The state of a cluster, and its cost."""

import subprocess
import sys
from dataclasses import replace

import pytest

from sparkify_dagster.cluster import ClusterState

STATE = ClusterState(
    name="sparkify",
    kind="provisioned",
    state="available",
    host="sparkify.example",
    port=5439,
    role_arn="",
    attached_roles=(),
    node_type="ra3.xlplus",
    nodes=2,
)


@pytest.mark.parametrize(
    ("changes", "usd"),
    [
        ({}, 2.172),
        ({"state": "paused"}, 0.0),
        ({"node_type": "RPU", "nodes": 8}, 3.0),
        ({"node_type": "ra9.huge"}, None),
    ],
)
def test_the_estimate_is_for_what_runs_and_unknown_for_unknown_types(
    changes: dict[str, str], usd: float | None
) -> None:
    assert replace(STATE, **changes).estimated_usd_per_hour == usd  # type: ignore[arg-type]


def test_importing_the_package_imports_no_aws_library() -> None:
    code = "import sys, sparkify_dagster.cluster; sys.exit(any('boto' in m for m in sys.modules))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
