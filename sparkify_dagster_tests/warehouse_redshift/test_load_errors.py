"""COPY's errors by whichever id finds them, what fails a whole COPY, and a second identity."""

import gzip
from typing import Any

import pytest

from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake.source import Source, open_source
from sparkify_dagster.loading import schema, staging
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster_tests.engines import PostgresServer
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import PASSWORD, Cloud, make_warehouse
from sparkify_dagster_tests.warehouse_redshift.life import as_lines, event

MONTH = "2018-11"
A, B = "log_data/2018/11/a.json", "log_data/2018/11/b.json"


@pytest.fixture
def tables(warehouse: RedshiftWarehouse) -> None:
    schema.ensure_tables(warehouse)


@pytest.mark.parametrize("kind", ["provisioned", "serverless"])
def test_rejects_are_found_by_the_loads_own_ids(
    postgres_server: PostgresServer, moto_url: str, cloud: Cloud, settings: Settings, kind: Any
) -> None:
    """Found by reading PG_LAST_COPY_ID: before the fix, SYS views were asked by that id."""
    with RedshiftStandIn(
        postgres=postgres_server.url("postgres"),
        s3_endpoint=moto_url,
        password=PASSWORD,
        kind=kind,
    ) as redshift:
        made = make_warehouse(settings, port=redshift.port, ca_file=redshift.ca_file)
        cloud.put(A, as_lines(event(1)) + "broken\n")
        with made.session():
            schema.ensure_tables(made)
            staged = staging.stage_month(made, open_source(settings.source), MONTH, 5)
    assert (staged.rows, staged.rejected) == (1, 1)


@pytest.mark.usefixtures("tables")
def test_plain_and_zipped_files_keep_their_own_rejects(
    warehouse: RedshiftWarehouse, source: Source, cloud: Cloud, redshift: RedshiftStandIn
) -> None:
    """Both COPYs run in one session; the history of loads may be hidden from the user."""
    redshift.deny_view("sys_load_history")
    cloud.put(A, as_lines(event(1)) + "broken\n" * 2)
    cloud.put(B + ".gz", gzip.compress((as_lines(event(2)) + "broken\n").encode()))
    assert staging.stage_month(warehouse, source, MONTH, 5).rejected == 3


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("shown", [False, True])
def test_an_object_over_four_megabytes_fails_its_month_and_is_named(
    warehouse: RedshiftWarehouse,
    source: Source,
    cloud: Cloud,
    redshift: RedshiftStandIn,
    *,
    shown: bool,
) -> None:
    """Found by reading copy-parameters-data-format: before the fix, this was one reject."""
    redshift.shows_fatal_errors = shown
    cloud.put_events(A, event(1))
    cloud.put_events(B, event(2, unknown="x" * 4 * 1024 * 1024))
    with pytest.raises(LoadError, match="(?s)over 4 MB.*b.json, line 1.*Take the record out"):
        staging.stage_month(warehouse, source, MONTH, 100)


@pytest.mark.usefixtures("tables")
def test_a_second_identity_sees_the_tables(
    warehouse: RedshiftWarehouse, settings: Settings, redshift: RedshiftStandIn
) -> None:
    """Found by reading on catalogue views: before the fix, it saw an empty warehouse."""
    redshift.passwords["second"] = PASSWORD
    second = make_warehouse(settings, user="second")
    assert second.existing_tables() == warehouse.existing_tables() != set()
