"""The first cases of the fuzzer; `python -m sparkify_dagster_tests.fuzz` tries thousands."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sparkify_dagster.lake import datasets
from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster_tests.fuzz.cases import check
from sparkify_dagster_tests.fuzz.trees import trees


@pytest.mark.parametrize("dataset", [datasets.events(), datasets.songs()], ids=lambda d: d.folder)
@settings(
    deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), max_examples=100
)
@given(data=st.data())
def test_any_source_is_read_without_loss_or_refused_with_a_name(
    dataset: Dataset, data: st.DataObject
) -> None:
    check(dataset, data.draw(trees(dataset)))
