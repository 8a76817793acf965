"""Who may load: the owner of the tables, and a second loader by the grants of docs/redshift.md."""

import re
from pathlib import Path

import psycopg2
import pytest

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.lake.source import Source
from sparkify_dagster.loading import schema, staging
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import PASSWORD, Cloud, make_warehouse
from sparkify_dagster_tests.warehouse_redshift.life import event

PAGE = Path(__file__).parents[2] / "docs" / "redshift.md"
MONTH = "2018-11"


def grants(redshift: RedshiftStandIn) -> list[str]:
    """Return the statements of the page, for the user `second` and the stand-in's database."""
    [block] = re.findall(
        r"```sql\n(CREATE GROUP sparkify_loaders.*?)```", PAGE.read_text(), re.DOTALL
    )
    text = str(block).replace("IAMR:sparkify-backfill", "second")
    text = text.replace("DATABASE sparkify", f"DATABASE {redshift.postgres_database}")
    return [statement for statement in text.split(";") if statement.strip()]


@pytest.fixture
def second(
    redshift: RedshiftStandIn, settings: Settings, warehouse: RedshiftWarehouse
) -> RedshiftWarehouse:
    """Give a second user's warehouse; the tables belong to the first."""
    redshift.passwords["second"] = PASSWORD
    schema.ensure_tables(warehouse)
    made = make_warehouse(settings, user="second")
    assert made.existing_tables()
    return made


def as_owner(redshift: RedshiftStandIn, *statements: str) -> None:
    connection = psycopg2.connect(
        host=redshift.host,
        port=redshift.port,
        dbname=redshift.database,
        user=redshift.user,
        password=redshift.password,
        sslmode="verify-full",
        sslrootcert=redshift.ca_file,
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def test_a_second_loader_may_load_after_the_grants_of_the_page(
    second: RedshiftWarehouse, redshift: RedshiftStandIn, source: Source, cloud: Cloud
) -> None:
    cloud.put_events("log_data/2018/11/a.json", event(1))
    with pytest.raises(WarehouseError, match="permission denied"):
        staging.stage_month(second, source, MONTH, 100)
    as_owner(redshift, *grants(redshift))
    assert schema.ensure_tables(second) == []
    assert staging.stage_month(second, source, MONTH, 100).rows == 1


def test_tables_that_the_owner_creates_later_are_open_to_the_second_loader(
    second: RedshiftWarehouse, settings: Settings, redshift: RedshiftStandIn
) -> None:
    as_owner(redshift, *grants(redshift))
    schema.drop_tables(make_warehouse(settings))
    schema.ensure_tables(make_warehouse(settings))
    assert second.transact(lambda tx: tx.count("staging_events")) == 0
