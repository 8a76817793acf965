"""The example queries for analysts give what the pages say, and run on PostgreSQL too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkify_dagster.loading import schema
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse, open_warehouse
from sparkify_dagster_tests.engines import server_folder
from sparkify_dagster_tests.examples import PAGES, current, demo_warehouse, queries, shown

by_name = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return demo_warehouse(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def postgres() -> Iterator[Warehouse]:
    with server_folder() as folder:
        warehouse = open_warehouse(Settings(warehouse=f"postgresql+embedded://{folder}"))
        schema.ensure_tables(warehouse)
        yield warehouse


@by_name
def test_every_query_gives_what_the_page_says(demo: Warehouse, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == current(text, lambda query: shown(demo, query))
    assert text.count("```sql\n") == text.count("\n```\n\n```text\n")


@by_name
def test_every_query_runs_on_postgresql(postgres: Warehouse, page: Path) -> None:
    for query in queries(page):
        assert postgres.read(query).columns
