"""The sensor `log_files`: what changed is asked for, once, and again where it failed."""

import os

import dagster as dg
import pytest

from sparkify_dagster.defs.requests import RETRY_AFTER
from sparkify_dagster.instance.runs import range_tags
from sparkify_dagster.loading import state
from sparkify_dagster_tests.defs.conftest import Clock, Pipeline

pytestmark = pytest.mark.long


def test_an_empty_source_asks_for_nothing(pipeline: Pipeline) -> None:
    assert pipeline.tick("log_files").requests == []


def test_files_of_adjacent_months_are_one_request_that_loads_them(pipeline: Pipeline) -> None:
    for day in ("2018-11-01", "2018-12-01", "2019-01-01"):
        pipeline.log(day, "Song 1")
    ticked = pipeline.settle()
    assert ticked.months == [("2018-11", "2019-01")]
    assert pipeline.rows("SELECT COUNT(*) FROM songplays") == [(3,)]
    assert "is loaded as it is" in pipeline.settle().message


def test_months_far_apart_are_requests_of_their_own_oldest_first(pipeline: Pipeline) -> None:
    for day in ("2020-01-01", "2018-11-01", "2018-12-31", "2019-04-01"):
        pipeline.log(day, "Song 1")
    assert pipeline.tick("log_files").months == [("2018-11", "2019-04"), ("2020-01", "2020-01")]


def test_an_overwritten_file_of_the_same_time_is_seen_by_its_size(pipeline: Pipeline) -> None:
    path = pipeline.log("2018-11-01", "Song 1")
    found = path.stat()
    pipeline.settle()
    pipeline.log("2018-11-01", "Song 1", "Song 2")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert pipeline.settle().months == [("2018-11", "2018-11")]
    assert pipeline.rows("SELECT COUNT(*) FROM songplays") == [(2,)]


def test_a_file_from_the_past_or_the_future_is_seen_as_any_other(pipeline: Pipeline) -> None:
    pipeline.log("2018-11-01", "Song 1")
    pipeline.settle()
    for number, at in enumerate((0, 4_000_000_000)):
        path = pipeline.log(f"2018-11-0{number + 2}", "Song 1")
        os.utime(path, (at, at))
        assert pipeline.settle().months == [("2018-11", "2018-11")]
    assert pipeline.rows("SELECT COUNT(*) FROM songplays") == [(3,)]


def test_a_removed_file_and_a_removed_month_are_loaded_away(pipeline: Pipeline) -> None:
    gone = [pipeline.log(day, "Song 1") for day in ("2018-11-01", "2018-12-01", "2018-12-02")]
    pipeline.log("2019-01-01", "Song 1")
    pipeline.settle()
    gone[0].unlink()
    gone[1].unlink()
    assert pipeline.settle().months == [("2018-11", "2018-12")]
    assert pipeline.rows("SELECT COUNT(*) FROM songplays") == [(2,)]
    assert pipeline.settle().requests == []


def test_a_change_back_to_what_was_is_asked_for_though_it_was_asked_for_before(
    pipeline: Pipeline,
) -> None:
    path = pipeline.log("2018-11-01", "Song 1")
    before, times = path.read_bytes(), path.stat()
    first = pipeline.settle()
    pipeline.log("2018-11-01", "Song 1", "Song 2")
    second = pipeline.settle()
    path.write_bytes(before)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    third = pipeline.settle()
    assert len({t.requests[0].run_key for t in (first, second, third)}) == 3
    assert pipeline.rows("SELECT COUNT(*) FROM songplays") == [(1,)]


def test_the_same_cursor_gives_the_same_run_key(pipeline: Pipeline) -> None:
    """A tick that died after its run was made is evaluated again: one change is one run."""
    pipeline.tick("log_files")
    cursor = pipeline.cursors["log_files"]
    pipeline.log("2018-11-01", "Song 1")
    once = pipeline.tick("log_files")
    pipeline.cursors["log_files"] = cursor
    assert pipeline.tick("log_files").requests[0].run_key == once.requests[0].run_key


def test_what_the_command_loaded_is_not_asked_for(pipeline: Pipeline) -> None:
    pipeline.log("2018-11-01", "Song 1")
    assert pipeline.run_job("load", range_tags("2018-11", "2018-11"))
    assert pipeline.tick("log_files").requests == []


def test_a_lost_cursor_asks_for_nothing_that_is_loaded(pipeline: Pipeline) -> None:
    pipeline.log("2018-11-01", "Song 1")
    pipeline.settle()
    del pipeline.cursors["log_files"]
    assert pipeline.tick("log_files").requests == []


def test_a_staging_table_alone_is_not_a_loaded_month(pipeline: Pipeline) -> None:
    pipeline.log("2018-11-01", "Song 1")
    alone = pipeline.definitions.resolve_implicit_global_asset_job_def()
    tags = {"dagster/partition": "2018-11"}
    selection = [dg.AssetKey("redshift_cluster"), dg.AssetKey("staging_events")]
    assert alone.execute_in_process(
        instance=pipeline.instance, tags=tags, asset_selection=selection
    ).success
    assert pipeline.tick("log_files").months == [("2018-11", "2018-11")]


def test_a_warehouse_that_was_emptied_is_filled_again(pipeline: Pipeline) -> None:
    pipeline.log("2018-11-01", "Song 1")
    pipeline.settle()
    pipeline.tick("log_files")
    confirmed = {"confirm_location": pipeline.warehouse.location, "confirm_plays": 1}
    config = {"ops": {"reset_tables": {"config": confirmed}}}
    assert pipeline.run_job("reset_warehouse", {}, config)
    assert pipeline.settle().months == [("2018-11", "2018-11")]
    assert pipeline.rows("SELECT COUNT(*) FROM songplays") == [(1,)]


def test_strays_and_months_outside_are_named_and_fail_no_tick(pipeline: Pipeline) -> None:
    for name in ("log_data/notes.txt", "log_data/2018/11/deep/x.json", "log_data/2018/13/x.json"):
        path = pipeline.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    pipeline.log("2017-01-01", "Song 1")
    (pipeline.source / os.fsdecode(b"log_data/\xff.json")).write_text("{}")
    result = pipeline.tick("log_files").message
    for named in ("notes.txt", "deep/x.json", "2018/13/x.json", "2017-01", "xff.json"):
        assert named in result


def test_a_month_that_failed_is_asked_for_alone_later_and_later_and_not_for_ever(
    pipeline: Pipeline, clock: Clock
) -> None:
    pipeline.log("2018-11-01", "Song 1")
    pipeline.log("2018-12-01", "Song 1", bad=3)
    pipeline.log("2019-01-01", "Song 1")
    ticked = pipeline.tick("log_files")
    assert pipeline.run("log_files", ticked) == [False]
    # The other months go on without it, at once.
    again = pipeline.tick("log_files")
    assert again.months == [("2018-11", "2018-11"), ("2019-01", "2019-01")]
    assert pipeline.run("log_files", again) == [True, True]
    for seconds in RETRY_AFTER:
        assert "not loaded yet: 2018-12" in pipeline.tick("log_files").message
        clock.advance(seconds)
        retry = pipeline.tick("log_files")
        assert retry.months == [("2018-12", "2018-12")]
        assert pipeline.run("log_files", retry) == [False]
    clock.advance(10**6)
    given_up = pipeline.tick("log_files").message
    assert "failed too often" in given_up
    # Found by reading a tick: before the fix, it named a job `log_files`, which does not exist.
    assert "launch the job load_log_month yourself): 2018-12" in given_up
    # A change of its files begins anew.
    pipeline.log("2018-12-01", "Song 1", bad=1)
    assert pipeline.run("log_files", pipeline.tick("log_files")) == [True]
    assert pipeline.rows("SELECT COUNT(*) FROM songplays") == [(3,)]


def test_a_run_that_died_is_asked_for_again_as_it_was(pipeline: Pipeline, clock: Clock) -> None:
    pipeline.log("2018-11-01", "Song 1")
    pipeline.log("2018-12-01", "Song 1")
    lost = pipeline.tick("log_files")  # and nothing runs it
    clock.advance(RETRY_AFTER[0])
    again = pipeline.tick("log_files")
    assert again.months == lost.months == [("2018-11", "2018-12")]
    assert again.requests[0].run_key != lost.requests[0].run_key
    assert pipeline.run("log_files", again) == [True]
    assert pipeline.settle().requests == []


def test_while_a_run_covers_a_month_nothing_more_is_asked_for(pipeline: Pipeline) -> None:
    pipeline.log("2018-11-01", "Song 1")
    [request] = pipeline.tick("log_files").requests
    job = pipeline.definitions.resolve_job_def("load_log_month")
    run = pipeline.instance.create_run_for_job(job, tags=request.tags)
    pipeline.log("2018-11-02", "Song 1")
    assert "not loaded yet: 2018-11" in pipeline.tick("log_files").message
    pipeline.instance.report_run_failed(run)
    assert pipeline.settle().months == [("2018-11", "2018-11")]


def test_a_changed_sql_file_has_all_months_built_again(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.log("2018-11-01", "Song 1")
    pipeline.settle()
    assert pipeline.tick("log_files").requests == []
    monkeypatch.setattr(state, "_rules", lambda _table: "other")
    assert pipeline.settle().months == [("2018-11", "2018-11")]
    assert pipeline.tick("log_files").requests == []
