"""What the command writes is for its user alone."""

import os
import stat
from pathlib import Path

import pytest

from sparkify_dagster_tests.cli.command import House
from sparkify_dagster_tests.cli.sources import small_source


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Load a source, with a mask that lets all users read; the dashboard lies elsewhere."""
    house = House(tmp_path_factory.mktemp("open"))
    small_source(house.source)
    before = os.umask(0o022)
    try:
        ended = house.run("load", DASHBOARD=f"{house.folder}/pages/star.html")
        assert ended.status == 0, ended.printed
        assert house.run("query", "SELECT 1 AS a", "--output", "a.csv").status == 0
    finally:
        os.umask(before)
    return house


def test_no_other_user_can_read_what_a_load_and_a_query_write(loaded: House) -> None:
    """Found by trying: all users could read the warehouse, the instance and the dashboard."""
    written = [p for p in loaded.folder.rglob("*") if not p.is_relative_to(loaded.source)]
    assert {"sparkify.duckdb", "star.html", "a.csv"} <= {path.name for path in written}
    assert [path for path in written if _mode(path) & 0o077 and path != loaded.source.parent] == []


def test_a_dashboard_keeps_the_mode_that_its_owner_gave_it(loaded: House) -> None:
    page = loaded.folder / "pages/star.html"
    page.chmod(0o644)
    ended = loaded.run("dashboard", DASHBOARD=str(page))
    assert ended.status == 0, ended.printed
    assert _mode(page) == 0o644


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)
