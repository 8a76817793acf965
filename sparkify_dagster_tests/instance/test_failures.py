"""Why a run failed is read in one place: the asset, the check, the partition and the reason."""

from typing import Any

import dagster as dg

from sparkify_dagster.instance.failures import FAILED_MONTHS, SONGS, Failure, Failures, failures_of


def _failures(*definitions: Any) -> Failures:
    assets = [one for one in definitions if not isinstance(one, dg.AssetChecksDefinition)]
    checks = [one for one in definitions if isinstance(one, dg.AssetChecksDefinition)]
    with dg.DagsterInstance.ephemeral() as instance:
        job = dg.Definitions(
            assets=assets, asset_checks=checks
        ).resolve_implicit_global_asset_job_def()
        run = job.execute_in_process(instance=instance, raise_on_error=False)
        return failures_of(instance, run.run_id)


def _passing(name: str) -> dg.AssetsDefinition:
    @dg.asset(name=name)
    def made() -> dg.MaterializeResult[Any]:
        return dg.MaterializeResult()

    return made


def test_a_failed_check_of_the_analytics_names_its_asset_and_not_the_songs() -> None:
    """Found by a failing check of daily_users.

    Before the fix, the command and the sensor reported it as "songs failed".
    """

    @dg.asset_check(asset="daily_users", name="no_user_twice", blocking=True)
    def twice() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, description="user 7 is there twice")

    found = _failures(_passing("daily_users"), twice)
    assert found.all == [Failure("daily_users", "user 7 is there twice", "no_user_twice")]
    assert found.partitions == {}
    assert found.others == ["check no_user_twice of daily_users: user 7 is there twice"]


def test_a_failed_check_of_the_songs_is_a_failure_of_the_songs() -> None:
    @dg.asset_check(asset="songs", name="no_song_twice", blocking=True)
    def twice() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, description="song S is there twice")

    found = _failures(_passing("songs"), twice)
    assert found.partitions == {SONGS: "check no_song_twice of songs: song S is there twice"}


def test_a_step_and_a_check_name_the_months_that_failed() -> None:
    @dg.asset
    def staging_events() -> None:
        months = {"2018-11": "3 rejected records", "2018-12": "1 rejected record"}
        raise dg.Failure("2 months failed", metadata={FAILED_MONTHS: months})

    @dg.asset_check(asset="time", name="one_month", blocking=True)
    def one_month() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(
            passed=False, description="1 row", metadata={FAILED_MONTHS: ["2019-01"]}
        )

    found = _failures(staging_events, _passing("time"), one_month)
    assert found.partitions == {
        "2018-11": "3 rejected records",
        "2018-12": "1 rejected record",
        "2019-01": "check one_month of time: 1 row",
    }
    assert found.others == []


def test_a_warning_is_no_failure_and_an_error_in_code_is_one() -> None:
    @dg.asset_check(asset="time", name="odd")
    def odd() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)

    @dg.asset
    def users() -> None:
        raise ValueError("the disk is full")

    assert _failures(_passing("time"), odd).all == []
    assert _failures(users).messages == ["users: the disk is full"]


def test_a_run_that_was_marked_as_dead_says_so() -> None:
    """Found by killing a code server: the tick after it failed for want of the event's data."""

    @dg.job
    def nothing() -> None:
        pass

    with dg.DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED)
        instance.report_run_failed(run, "its process is gone")
        found = failures_of(instance, run.run_id)
    assert len(found.messages) == 1
    assert "its process is gone" in found.messages[0]
