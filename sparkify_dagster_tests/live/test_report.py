"""The report of the live suite, without a cluster."""

from datetime import UTC, datetime

from sparkify_dagster.warehouse.redshift.probe import Assumption
from sparkify_dagster_tests.live.report import Report

NOW = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)


def test_it_shows_what_held_and_names_nothing_of_the_account() -> None:
    secret = "cannot read s3://lake/x with arn:aws:iam::123456789012:role/r at w.amazonaws.com:5439"
    report = Report(
        place="a workgroup in us-east-1",
        version="Redshift 1.0",
        assumptions=[
            Assumption("a | b", held=True, needed=True, otherwise="fails", seconds=0.26),
            Assumption("c", held=False, needed=False, otherwise="waits", seconds=3, detail=secret),
        ],
        tests=[("test_load", "passed", 12.34)],
    )
    text = report.text(NOW)
    assert "2026-11-01 12:30 UTC, on a workgroup in us-east-1. Redshift 1.0" in text
    assert "| a \\| b | yes | fails | 0.3 |" in text
    assert "- c: cannot read … with … at …" in text
    assert "| test_load | passed | 12.3 |" in text
    assert not any(word in text for word in ("lake", "123456789012", "amazonaws"))
