"""SPARKIFY_SCHEMA on Redshift: tables, reads, rejects and the lock are those of the schema."""

import json
from dataclasses import replace

from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import load as loading
from sparkify_dagster.loading import schema
from sparkify_dagster.models import contract
from sparkify_dagster.settings import Settings
from sparkify_dagster_tests.lake.reading import event, song
from sparkify_dagster_tests.loading.driver import content
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import Cloud, make_warehouse


def _line(record: dict[str, object]) -> bytes:
    return json.dumps(record).encode() + b"\n"


def test_two_schemas_of_one_database_are_two_warehouses(
    settings: Settings, cloud: Cloud, redshift: RedshiftStandIn
) -> None:
    first = make_warehouse(replace(settings, schema="marts"))
    second = make_warehouse(settings)
    assert first.existing_tables() == set()
    assert not first.exists()
    cloud.put("log_data/2018/11/a.json", _line(event(userId="1")) + b"null\n")
    cloud.put("song_data/A/a.json", _line(song()))
    source = open_source(settings.source)
    assert loading.load(first, source, "2018-11") == []
    assert first.existing_tables() == contract.tables().keys()
    assert second.existing_tables() == set()

    schema.ensure_tables(second)
    assert content(second)["users"] == []
    assert [row[0] for row in content(first)["users"]] == [1]
    assert first.read("SELECT user_id FROM users").rows == [(1,)]
    assert first.read("SELECT COUNT(*) FROM rejected_records").rows == [(1,)]
    schema.drop_tables(second)
    assert first.exists()
    assert not any("public." in text for text in redshift.texts)
