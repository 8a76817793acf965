"""The sensor `song_files`: songs that come late are linked to the plays that they explain."""

from sparkify_dagster.instance.runs import range_tags
from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster.loading.plan import make_plan
from sparkify_dagster_tests.defs.conftest import Pipeline

MONTHS = ("2018-11", "2018-12", "2019-01", "2019-02")


def _linked(pipeline: Pipeline) -> dict[str, str | None]:
    rows = pipeline.rows("SELECT strftime(start_time, '%Y-%m'), song_id FROM songplays ORDER BY 1")
    return dict(rows)


def _builds(pipeline: Pipeline) -> dict[str, object]:
    query = "SELECT log_month, built_at FROM table_builds WHERE table_name = 'songplays'"
    return dict(pipeline.rows(query))


def test_late_songs_have_exactly_the_touched_months_relinked(pipeline: Pipeline) -> None:
    for number, month in enumerate(MONTHS):
        pipeline.log(f"{month}-01", f"Song {number % 2}")
    pipeline.settle("log_files")
    before = _builds(pipeline)
    pipeline.song(1)
    ticked = pipeline.tick("song_files")
    assert len(ticked.requests) == 1
    assert pipeline.run("song_files", ticked) == [True]
    assert pipeline.settle("log_files").requests
    assert _linked(pipeline) == {m: f"SO{n % 2}" if n % 2 else None for n, m in enumerate(MONTHS)}
    after = _builds(pipeline)
    assert [m for m in MONTHS if after[m] != before[m]] == [MONTHS[1], MONTHS[3]]
    assert pipeline.tick("song_files").requests == []
    assert pipeline.tick("log_files").requests == []


def test_songs_link_months_on_both_sides_of_one_that_is_only_staged(pipeline: Pipeline) -> None:
    """Found: the check after linking took in the month between, and no load got past it."""
    for month, song in zip(MONTHS, ("Song 1", "Song 2", "Song 1", "Song 2"), strict=True):
        pipeline.log(f"{month}-01", song)
    pipeline.settle("log_files")
    pipeline.log("2018-12-02", "Song 2")
    pipeline.song(1)
    assert pipeline.run_job("load", range_tags("2018-12", "2018-12"))
    assert pipeline.settle("log_files").requests
    assert _linked(pipeline) == {m: None if n % 2 else "SO1" for n, m in enumerate(MONTHS)}
    assert pipeline.rows("SELECT COUNT(*) FROM songplays") == [(5,)]


def test_a_song_that_nobody_played_relinks_no_month(pipeline: Pipeline) -> None:
    pipeline.log("2018-11-01", "Song 1")
    pipeline.settle("log_files")
    before = _builds(pipeline)
    pipeline.song(9)
    assert pipeline.settle("song_files").requests
    assert _builds(pipeline) == before


def test_a_removed_song_is_taken_off_its_plays(pipeline: Pipeline) -> None:
    pipeline.log("2018-11-01", "Song 1")
    path = pipeline.song(1)
    pipeline.song(2)
    pipeline.settle("log_files")
    pipeline.settle("song_files")
    pipeline.settle("log_files")
    assert _linked(pipeline) == {"2018-11": "SO1"}
    path.unlink()
    assert pipeline.settle("song_files").requests
    assert pipeline.settle("log_files").requests
    assert _linked(pipeline) == {"2018-11": None}


def test_songs_that_come_with_the_first_logs_are_asked_for_by_their_own_sensor(
    pipeline: Pipeline,
) -> None:
    pipeline.log("2018-11-01", "Song 1")
    pipeline.song(1)
    pipeline.settle("log_files")
    pipeline.settle("song_files")
    pipeline.settle("log_files")
    assert _linked(pipeline) == {"2018-11": "SO1"}
    assert pipeline.tick("log_files").requests == []
    assert pipeline.tick("song_files").requests == []


def test_songs_that_come_before_any_log_are_loaded_and_what_needs_plays_waits(
    pipeline: Pipeline,
) -> None:
    pipeline.song(1)
    ticked = pipeline.tick("song_files")
    assert pipeline.run("song_files", ticked) == [True]
    assert pipeline.tick("song_files").requests == []
    pipeline.log("2018-11-01", "Song 1")
    assert pipeline.run("log_files", pipeline.tick("log_files")) == [True]
    assert _linked(pipeline) == {"2018-11": "SO1"}
    assert pipeline.rows("SELECT COUNT(*) FROM daily_plays") == [(1,)]


def test_what_is_built_on_plays_follows_when_they_are_relinked(pipeline: Pipeline) -> None:
    """Found by the sensors: linking left the analytics of the month behind until its next load."""
    pipeline.log("2018-11-01", "Song 1")
    pipeline.settle("log_files")
    pipeline.song(1)
    pipeline.settle("song_files")
    pipeline.settle("log_files")
    assert make_plan(pipeline.warehouse, FolderSource(str(pipeline.source)), "2018-11").months == []
