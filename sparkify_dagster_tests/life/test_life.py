"""A short life on every engine; the long one is `python -m sparkify_dagster_tests.life`."""

from pathlib import Path

import pytest

from sparkify_dagster_tests.life.engines import ENGINES
from sparkify_dagster_tests.life.life import Plan, live

pytestmark = pytest.mark.long

SHORT = Plan(seed=11, months=2, events_per_month=300, kills=3, days_a_visit=12)


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_after_a_life_of_accidents_and_kills_the_tables_are_those_of_a_clean_load(
    name: str, tmp_path: Path
) -> None:
    with ENGINES[name](tmp_path) as engine:
        life = live(engine, tmp_path, SHORT, print)
    assert life.kills >= SHORT.kills
    assert life.faults == {}
    assert bool(life.pairs) is (name == "redshift")
    assert life.rows["songplays"] > 100
    assert life.rows["rejected_records"] > 5
