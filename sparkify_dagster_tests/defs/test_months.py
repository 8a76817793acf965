"""What the pages show of a month: that it has no files, that it failed and why, or its rows."""

from typing import Any

import dagster as dg
import pytest

from sparkify_dagster.instance import private
from sparkify_dagster.instance.runs import range_tags
from sparkify_dagster.models import catalogue
from sparkify_dagster_tests.defs.conftest import Pipeline

BY_MONTH = [model.name for model in catalogue.models().values() if model.by_month]


def _load(pipeline: Pipeline, first: str, last: str) -> bool:
    """Load a range of months, as a person does from the page of the job."""
    return pipeline.run_job("load_log_month", range_tags(first, last))


def _marked(pipeline: Pipeline) -> dict[str, set[str]]:
    """Return the months of each asset that its page shows as materialised."""
    instance = pipeline.instance
    return {name: instance.get_materialized_partitions(dg.AssetKey(name)) for name in BY_MONTH}


def _observed(pipeline: Pipeline, month: str) -> dg.AssetObservation:
    """Return the only observation of a month of staging_events."""
    key = dg.AssetKey("staging_events")
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[month])
    [record] = pipeline.instance.fetch_observations(wanted, limit=9).records
    observed = record.event_log_entry.asset_observation
    assert observed
    return observed


def _checks(pipeline: Pipeline) -> list[tuple[str, bool, str]]:
    """Return the checks of staging_events that a run evaluated."""
    kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    records = pipeline.instance.get_event_records(dg.EventRecordsFilter(kind))
    events = [r.event_log_entry.get_dagster_event() for r in records]
    found: list[Any] = [event.asset_check_evaluation_data for event in events]
    return [
        (one.check_name, one.passed, one.severity.value)
        for one in found
        if one.asset_key == dg.AssetKey("staging_events")
    ]


def test_a_month_without_files_is_not_marked_as_loaded(pipeline: Pipeline) -> None:
    """Found by materialising such a month: before the fix, every table of it was marked."""
    pipeline.log("2018-11-01", "Song 1")
    assert _load(pipeline, "2018-12", "2018-12")
    assert _marked(pipeline) == {name: set() for name in BY_MONTH}
    assert "no files" in (_observed(pipeline, "2018-12").description or "")
    assert pipeline.rows("SELECT COUNT(*) FROM table_builds WHERE log_month <> 'all'") == [(0,)]
    assert _checks(pipeline) == []


def test_a_range_marks_its_months_with_files_and_no_other(pipeline: Pipeline) -> None:
    pipeline.log("2018-11-01", "Song 1")
    pipeline.log("2019-01-01", "Song 1", "Song 2")
    assert _load(pipeline, "2018-11", "2019-02")
    assert _marked(pipeline) == {name: {"2018-11", "2019-01"} for name in BY_MONTH}
    assert pipeline.rows("SELECT COUNT(*) FROM songplays") == [(3,)]
    key = dg.AssetKey("songplays")
    records = pipeline.instance.fetch_materializations(key, limit=9).records
    shown = [one.asset_materialization for one in records]
    rows = {
        one.partition: (
            one.metadata["dagster/partition_row_count"].value,
            one.metadata["dagster/row_count"].value,
        )
        for one in shown
        if one
    }
    assert rows == {"2018-11": (1, 3), "2019-01": (2, 3)}
    assert pipeline.tick("log_files").requests == []


def test_without_the_private_part_of_dagster_a_range_marks_every_month(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private, "_unreported", None)
    pipeline.log("2018-11-01", "Song 1")
    assert _load(pipeline, "2018-11", "2018-12")
    assert _marked(pipeline)["songplays"] == {"2018-11", "2018-12"}


def test_a_month_whose_files_were_removed_is_loaded_without_rows(pipeline: Pipeline) -> None:
    file = pipeline.log("2018-11-01", "Song 1")
    pipeline.log("2018-12-01", "Song 1")
    assert _load(pipeline, "2018-11", "2018-12")
    file.unlink()
    pipeline.settle()
    assert pipeline.rows("SELECT COUNT(*) FROM songplays") == [(1,)]
    assert pipeline.tick("log_files").requests == []


def test_a_month_that_fails_by_its_rejects_states_their_number_and_shows_them(
    pipeline: Pipeline,
) -> None:
    """Found on the page: before the fix, the partition was blank and every check red."""
    pipeline.log("2018-11-01", "Song 1")
    pipeline.log("2018-12-01", "Song 1", bad=3)
    assert not _load(pipeline, "2018-11", "2018-12")
    observed = _observed(pipeline, "2018-12")
    assert "3 rejected records of 2 allowed" in (observed.description or "")
    assert observed.metadata["rejected records"].value == 3
    first = observed.metadata["first rejected records"]
    assert isinstance(first, dg.TableMetadataValue)
    assert [one.data["line"] for one in first.records] == [2, 3, 4]
    assert "not JSON" in str(first.records[0].data["reason"])
    checks = _checks(pipeline)
    assert {name for name, passed, _ in checks if not passed} == {"no_rejected_records"}
    assert {severity for _, passed, severity in checks if not passed} == {"WARN"}
    assert _marked(pipeline)["staging_events"] == {"2018-11"}
    assert _marked(pipeline)["songplays"] == set()


def test_a_broken_file_fails_its_month_and_no_check(pipeline: Pipeline) -> None:
    pipeline.log("2018-11-01", "Song 1").write_text("[1, 2]")
    assert not _load(pipeline, "2018-11", "2018-11")
    assert "JSON array" in (_observed(pipeline, "2018-11").description or "")
    assert [name for name, passed, _ in _checks(pipeline) if not passed] == []
