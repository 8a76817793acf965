"""Planted secrets appear nowhere."""

import logging
import traceback

import pytest

from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.lake.source import Source
from sparkify_dagster.loading import staging
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import (
    CONTROL,
    PASSWORD,
    SECRET_KEY,
    Cloud,
    make_warehouse,
)
from sparkify_dagster_tests.warehouse_redshift.life import as_lines, content, event, load, song

# botocore logs how it signs, at DEBUG; the project's own logs are looked through at every level.
OWN = "sparkify_dagster"


def test_no_secret_is_in_a_log_an_error_a_statement_or_an_object(
    warehouse: RedshiftWarehouse,
    settings: Settings,
    redshift: RedshiftStandIn,
    source: Source,
    cloud: Cloud,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, OWN)
    cloud.put("log_data/2018/11/a.json", as_lines(event(1), "broken"))
    cloud.put("song_data/A/a.json", as_lines(song(1)))
    redshift.faults.raise_serialization("commit")
    load(warehouse, source)
    result = [*_failures(warehouse, settings, redshift, source, cloud), caplog.text, repr(settings)]
    result += redshift.texts
    for key in cloud.control():
        result.append(cloud.s3.get_object(Bucket=CONTROL, Key=key)["Body"].read().decode())
    result.append(repr(content(warehouse, sorted(warehouse.existing_tables()))))
    for secret in (PASSWORD, SECRET_KEY, "AKIAPLANTED"):
        assert not [text for text in result if secret in text]


def _failures(
    warehouse: RedshiftWarehouse,
    settings: Settings,
    redshift: RedshiftStandIn,
    source: Source,
    cloud: Cloud,
) -> list[str]:
    """Fail in several ways; give all that is said of each, causes included."""
    result = []
    cloud.put("log_data/2018/11/b.json", as_lines("broken", "broken"))
    result.append(_failure(warehouse, source))
    redshift.faults.raise_error("copy", "XX000", "disk full")
    result.append(_failure(warehouse, source))
    redshift.faults.drop_connection("copy", times=10)
    result.append(_failure(warehouse, source))
    redshift.faults.clear()
    wrong = (
        {"password": f"{PASSWORD}-wrong"},
        {"ca_file": ""},
        {"host": "no-such-host.invalid"},
        {"database": "other"},
        {"iam_role_arn": "arn:aws:iam::123456789012:role/nobody"},
    )
    return [*result, *(_failure(make_warehouse(settings, **w), source) for w in wrong)]


def _failure(warehouse: RedshiftWarehouse, source: Source) -> str:
    with pytest.raises(SparkifyError) as raised:
        staging.stage_month(warehouse, source, "2018-11", 1)
    return "".join(traceback.format_exception(raised.value)) + repr(raised.value)
