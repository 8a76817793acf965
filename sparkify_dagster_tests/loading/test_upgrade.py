"""A warehouse that version 1.0 filled: staging is kept, columns are added, the rest is rebuilt."""

import os
from pathlib import Path

import pytest

from sparkify_dagster.loading import schema
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.analytics.by_hand import event, play, song, write_source
from sparkify_dagster_tests.engines import NewWarehouse
from sparkify_dagster_tests.loading.driver import (
    built_by,
    change,
    check,
    content,
    count,
    load,
    planned,
    write_lines,
)

_TABLES = Path(__file__).with_name("version_1_0.sql")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the source from which version 1.0 filled the warehouse; its last file is rejected."""
    events = [
        play("2018-11-05 10:00", 1, "A"),
        play("2018-11-05 10:04", 1, "Unheard ", artist="Bea"),
        event("2018-11-06 09:00", 2, level="paid", firstName="Ann"),
        play("2018-12-01 00:01", 2, "B", level="paid"),
        play("2018-12-02 11:00", None, "A"),
    ]
    songs = [song("SA", "A", location="Oslo"), song("SB", "B", artist="Ann")]
    source = write_source(tmp_path / "source", events, songs)
    write_lines(source / "log_data/2018/12/bad.json", [{"page": "Home"}])
    for file in source.rglob("*.json"):
        os.utime(file, ns=(10**18, 10**18))  # as the ledger says
    return source


@pytest.fixture
def old(warehouse: Warehouse, folder: Path) -> Warehouse:
    """Give a warehouse with the tables of version 1.0."""
    change(warehouse, _TABLES.read_text(encoding="utf-8").replace("{source}", str(folder)))
    return warehouse


def test_a_warehouse_of_version_1_0_becomes_that_of_a_clean_load(
    old: Warehouse, new_warehouse: NewWarehouse, folder: Path
) -> None:
    load(old, folder)
    clean = new_warehouse()
    load(clean, folder)
    assert content(old) == content(clean)
    assert check(old) == []
    assert not planned(old, folder)
    assert old.existing_tables() == clean.existing_tables()
    assert "user_months" not in old.existing_tables()


def test_what_must_be_read_again_is_planned_before_it_is_read(old: Warehouse, folder: Path) -> None:
    """Version 1.0 rejected broken files record by record, so months with rejects are read again."""
    schema.ensure_tables(old)
    staged = {
        (s.table, s.log_month, s.reason)
        for s in planned(old, folder).steps
        if s.table.startswith("staging_")
    }
    assert staged == {("staging_events", "2018-12", "reading rules changed")}


def test_staged_rows_are_kept_and_belong_to_no_numbered_change(
    old: Warehouse, folder: Path
) -> None:
    query = (
        "SELECT file, loaded_at FROM loaded_files WHERE log_month IS NULL OR log_month = '2018-11'"
    )
    before = old.query(query)
    load(old, folder)
    assert sorted(old.query(query)) == sorted(before)
    assert count(old, "staging_events", "log_month = '2018-11' AND change_number = 0") == 3
    assert count(old, "staging_songs") == 2


def test_a_file_that_changes_after_the_upgrade_has_its_month_read_again(
    old: Warehouse, new_warehouse: NewWarehouse, folder: Path
) -> None:
    """All rows that version 1.0 staged are of one change, and so are read again together."""
    load(old, folder)
    write_lines(
        folder / "log_data/2018/11/2018-11-05-events.json", [play("2018-11-07 10:00", 1, "B")]
    )
    built = built_by(old, lambda: load(old, folder))
    assert {month for _, month in built} == {"2018-11", "all"}
    clean = new_warehouse()
    load(clean, folder)
    assert content(old) == content(clean)
