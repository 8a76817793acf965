"""The check on rejected records warns, holds up nothing, and goes when the file is mended."""

import dagster as dg

from sparkify_dagster_tests.defs.conftest import Pipeline


def _warnings(pipeline: Pipeline, asset: str) -> list[tuple[bool, str]]:
    records = pipeline.instance.get_event_records(
        dg.EventRecordsFilter(dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    )
    events = [r.event_log_entry.get_dagster_event() for r in records]
    found = [event.asset_check_evaluation_data for event in events]
    return [
        (e.passed, e.severity.value)
        for e in found
        if (e.asset_key.to_user_string(), e.check_name) == (asset, "no_rejected_records")
    ]


def test_a_month_with_rejects_warns_and_is_built_and_falls_silent_when_mended(
    pipeline: Pipeline,
) -> None:
    pipeline.log("2018-11-01", "Song 1", bad=1)
    ticked = pipeline.tick("log_files")
    assert pipeline.run("log_files", ticked) == [True]
    assert _warnings(pipeline, "staging_events") == [(False, "WARN")]
    assert pipeline.rows("SELECT COUNT(*) FROM songplays") == [(1,)]
    pipeline.log("2018-11-01", "Song 1")
    pipeline.settle("log_files")
    assert _warnings(pipeline, "staging_events")[0] == (True, "WARN")
    assert pipeline.rows("SELECT COUNT(*) FROM rejected_records") == [(0,)]


def test_a_warning_of_songs_does_not_look_at_months(pipeline: Pipeline) -> None:
    pipeline.log("2018-11-01", "Song 1", bad=1)
    pipeline.song(1).with_name("TRBAD.json").write_text("not json")
    pipeline.settle("log_files")
    pipeline.settle("song_files")
    assert _warnings(pipeline, "staging_songs") == [(False, "WARN")]
    assert pipeline.tick("song_files").requests == []
