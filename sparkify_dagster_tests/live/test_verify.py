"""`sparkify verify` on a real cluster or workgroup."""

from pathlib import Path

import pytest

from sparkify_dagster.lake.source import Source
from sparkify_dagster.loading import load as loading
from sparkify_dagster.settings import Settings
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster.verify import verify
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster_tests.warehouse_redshift.life import Lake

pytestmark = pytest.mark.live


def test_the_warehouse_holds_what_a_local_load_holds(
    warehouse: RedshiftWarehouse, settings: Settings, cloud: Lake, source: Source, tmp_path: Path
) -> None:
    simulate(Simulation(months=3, events_per_month=1_200, users=40, songs=90), tmp_path)
    cloud.put_folder(tmp_path)
    assert loading.load(warehouse, source, settings.first_month) == []
    assert [one for _, found in verify(settings) for one in found] == []
