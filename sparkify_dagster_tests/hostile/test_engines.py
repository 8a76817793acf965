"""The first cases that the fuzzer loads into every engine."""

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sparkify_dagster.lake import datasets
from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster_tests.fuzz.engines import Loader, check_engines, loaders
from sparkify_dagster_tests.fuzz.trees import trees

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Loader]]:
    """Run the engines."""
    with loaders(tmp_path_factory.mktemp("engines")) as found:
        yield found


@pytest.mark.parametrize("dataset", [datasets.events(), datasets.songs()], ids=lambda d: d.folder)
@settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), max_examples=10)
@given(data=st.data())
def test_all_engines_read_the_same_of_any_source(
    engines: Mapping[str, Loader], dataset: Dataset, data: st.DataObject
) -> None:
    check_engines(engines, dataset, data.draw(trees(dataset)))
