"""Each analytics table beside an independent computation from the same files."""

import pytest

from sparkify_dagster_tests.analytics.conftest import Loaded
from sparkify_dagster_tests.analytics.expected import Expected
from sparkify_dagster_tests.loading.driver import ANALYTICS, failures, in_order, rows


@pytest.fixture(scope="module")
def expected(loaded: Loaded) -> Expected:
    return Expected(loaded.folder)


@pytest.mark.parametrize("table", ANALYTICS)
def test_a_table_is_what_pandas_makes_of_the_same_files(
    loaded: Loaded, expected: Expected, table: str
) -> None:
    assert rows(loaded.warehouse, table) == in_order(getattr(expected, table)())


@pytest.mark.parametrize("table", ANALYTICS)
def test_the_checks_of_a_table_pass(loaded: Loaded, table: str) -> None:
    assert failures(loaded.warehouse, table) == []
