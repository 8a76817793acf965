"""The probe on a real cluster or workgroup."""

import pytest

from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster.warehouse.redshift.probe import run_probe
from sparkify_dagster_tests.live.report import Report

pytestmark = pytest.mark.live


def test_what_a_load_needs_holds(
    settings: Settings, cluster: RedshiftWarehouse, report: Report
) -> None:
    report.version = str(cluster.read("SELECT VERSION()").rows[0][0])
    report.assumptions = run_probe(settings)
    assert [a for a in report.assumptions if a.needed and not a.held] == []
