"""Listing within a tick: in stretches, in bounded memory, and with the load's own fingerprint."""

import json
from collections.abc import Iterator

import pytest

from sparkify_dagster.defs import sensors
from sparkify_dagster.defs.requests import Memory, Scan
from sparkify_dagster.defs.sensors import list_on
from sparkify_dagster.lake.fingerprint import fingerprint_of
from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster_tests.defs.conftest import Pipeline


@pytest.fixture
def one_file_a_tick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a tick's time be over after every file."""
    monkeypatch.setattr(sensors, "_LOOK_AT_CLOCK_EVERY", 1)
    monkeypatch.setattr(sensors, "LISTING_SECONDS", -1.0)
    return iter(())


@pytest.mark.usefixtures("one_file_a_tick")
def test_a_listing_that_takes_longer_than_a_tick_goes_on_in_the_next(pipeline: Pipeline) -> None:
    for day in ("2018-11-01", "2018-11-02", "2018-12-01"):
        pipeline.log(day, "Song 1")
    ticks = [pipeline.tick("log_files") for _ in range(4)]
    assert [t.months for t in ticks] == [[], [], [], [("2018-11", "2018-12")]]
    assert "the next tick goes on from there" in ticks[0].message


def test_stretches_add_up_to_the_listing_of_the_load(pipeline: Pipeline) -> None:
    for name in ("a", "a-b", "a.b", "ab", "b"):
        for number in range(3):
            path = pipeline.source / f"song_data/{name}/{number}/x{number}.json"
            path.parent.mkdir(parents=True)
            path.write_text("{}")
    (pipeline.source / "song_data/a.json").write_text("{}")
    source = FolderSource(str(pipeline.source))
    whole = fingerprint_of(source.list_songs())
    assert list_on(source, "song_data/", Scan(), 60).scan.sums == {"songs": whole}
    names = [entry.path for entry in source.files("song_data/")]
    assert names == sorted(names)
    for place in names:
        assert [e.path for e in source.files("song_data/", place)] == [
            p for p in names if p > place
        ]


def test_a_cursor_is_small_and_reads_back_as_it_was(pipeline: Pipeline) -> None:
    months = [f"{2018 + n // 12}-{n % 12 + 1:02}" for n in range(100)]
    for month in months[10:90]:
        pipeline.log(f"{month}-01", "Song 1")
    pipeline.tick("log_files")
    cursor = pipeline.cursors["log_files"]
    assert cursor is not None
    assert len(cursor) < 10_000
    assert Memory.load(cursor, 0).dump() == cursor
    assert "json" not in json.dumps(cursor)
