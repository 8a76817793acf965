"""The nightly schedules ask for all that the source holds, months that failed apart."""

from datetime import UTC, datetime

import dagster as dg

from sparkify_dagster.code_location import build_definitions
from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster.settings import Settings
from sparkify_dagster_tests.defs.conftest import Pipeline, Ticked


def _night(pipeline: Pipeline, night: datetime) -> Ticked:
    repository = pipeline.definitions.get_repository_def()
    schedule = repository.get_schedule_def("nightly_log_months")
    context = dg.build_schedule_context(
        instance=pipeline.instance,
        repository_def=repository,
        scheduled_execution_time=night,
        resources={"source": FolderSource(str(pipeline.source))},
    )
    data = schedule.evaluate_tick(context)
    return Ticked(list(data.run_requests or []), data.skip_message or "")


def _run(pipeline: Pipeline, ticked: Ticked) -> list[bool]:
    tags = {"dagster/schedule_name": "nightly_log_months"}
    return [pipeline.run_job("load_log_month", {**r.tags, **tags}) for r in ticked.requests]


def test_the_first_night_of_a_month_loads_the_month_before_and_the_new_one(
    lasting_pipeline: Pipeline,
) -> None:
    for day in ("2018-11-30", "2018-12-01", "2019-01-01"):
        lasting_pipeline.log(day, "Song 1")
    months = _night(lasting_pipeline, datetime(2018, 12, 1, 0, 30, tzinfo=UTC)).months
    assert months == [("2018-11", "2018-12")]


def test_a_night_without_logs_says_so(lasting_pipeline: Pipeline) -> None:
    assert "no log month" in _night(lasting_pipeline, datetime(2020, 1, 1, tzinfo=UTC)).message


def test_a_month_that_failed_does_not_hold_up_the_others_the_night_after(
    lasting_pipeline: Pipeline,
) -> None:
    lasting_pipeline.log("2018-11-01", "Song 1")
    lasting_pipeline.log("2018-12-01", "Song 1", bad=3)
    lasting_pipeline.log("2019-01-01", "Song 1")
    nights = [datetime(2020, 1, day, 0, 30, tzinfo=UTC) for day in (1, 2, 3, 4)]
    first = _night(lasting_pipeline, nights[0])
    assert first.months == [("2018-11", "2019-01")]
    assert _run(lasting_pipeline, first) == [False]
    second = _night(lasting_pipeline, nights[1])
    assert second.months == [
        ("2018-11", "2018-11"),
        ("2019-01", "2019-01"),
        ("2018-12", "2018-12"),
    ]
    assert _run(lasting_pipeline, second) == [True, True, False]
    lasting_pipeline.log("2018-12-01", "Song 1")
    assert _run(lasting_pipeline, _night(lasting_pipeline, nights[2])) == [True, True, True]
    assert _night(lasting_pipeline, nights[3]).months == [("2018-11", "2019-01")]
    assert lasting_pipeline.rows("SELECT COUNT(*) FROM songplays") == [(3,)]


def test_everything_is_off_until_it_is_switched_on(pipeline: Pipeline) -> None:
    repository = pipeline.definitions.get_repository_def()
    assert {each.default_status.value for each in repository.sensor_defs} == {"STOPPED"}
    assert {each.default_status.value for each in repository.schedule_defs} == {"STOPPED"}


def test_all_that_sensors_and_schedules_start_resumes_a_paused_cluster() -> None:
    """Found by the nightly pause: before the fix, two jobs did not contain redshift_cluster."""
    settings = Settings(warehouse="redshift://", source="s3://lake/s", control="s3://lake/c")
    repository = build_definitions(settings).get_repository_def()
    started = {d.job_name for d in repository.sensor_defs if d.name != "failed_runs"}
    started |= {d.job_name for d in repository.schedule_defs}
    for name in filter(None, started - {"pause_cluster", "delete_old_runs"}):
        selected = repository.get_job(name).asset_layer.executable_asset_keys
        assert dg.AssetKey("redshift_cluster") in selected, name
