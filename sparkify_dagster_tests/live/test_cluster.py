"""The life of a stack on a real AWS account: created, updated, deleted. It costs money."""

import os
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from sparkify_dagster.cluster import Aws, ClusterError, Watch, check_aws, create, delete, status
from sparkify_dagster.settings import Settings

pytestmark = pytest.mark.live

WATCH = Watch(progress=print)


@pytest.fixture(scope="module", params=["provisioned", "serverless"])
def own(request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Give settings with a cluster or workgroup of this run; delete its stack in the end."""
    if os.environ.get("SPARKIFY_LIVE_CLUSTER") != "1":
        pytest.skip("creates a cluster in a real AWS account: set SPARKIFY_LIVE_CLUSTER=1")
    given = Settings.from_environment()
    name = f"sparkify-live-{uuid4().hex[:8]}"
    workgroup = name if request.param == "serverless" else ""
    redshift = replace(given.redshift, host="", cluster=name, workgroup=workgroup)
    settings = replace(given, redshift=redshift)
    yield settings
    delete(settings, name, final_snapshot=False, watch=WATCH)
    assert status(settings) is None


def test_a_stack_is_created_checked_and_updated_and_refuses_a_replacement(own: Settings) -> None:
    state = create(own, WATCH)
    assert state.available
    assert state.vpc_routing
    assert not state.public
    findings = {finding.name: finding for finding in check_aws(own)}
    assert findings["role"].ok
    assert findings["route to S3"].ok

    unlogged = replace(own, redshift=replace(own.redshift, controls_off=("audit-logs",)))
    reported: list[str] = []
    create(unlogged, Watch(progress=reported.append), update=True)
    assert "AuditLogs changes from 'true' to 'false'" in reported
    reported.clear()
    create(unlogged, Watch(progress=reported.append), update=True)
    assert any("is as the settings say" in line for line in reported)

    if state.kind == "provisioned":
        renamed = replace(own, redshift=replace(own.redshift, database="another"))
        with pytest.raises(ClusterError, match="could not be updated"):
            create(renamed, WATCH, update=True)
        after = status(own, Aws())
        assert after is not None
        assert after.arn == state.arn  # the same namespace, and so the same data
