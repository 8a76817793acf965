"""`sparkify contract`: the star and the analytics as dbt's sources.yml."""

import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml

from sparkify_dagster.models import catalogue
from sparkify_dagster_tests.cli.command import House

PUBLISHED = {
    name: model.table
    for name, model in catalogue.models().items()
    if model.layer in {"star", "analytics"}
}
PROJECT = """
name: others
version: "1.0"
profile: others
"""
PROFILE = """
others:
  target: here
  outputs:
    here:
      type: duckdb
      path: {path}
"""


@pytest.fixture
def source(house: House) -> dict[str, Any]:
    """Give the one source that the command prints."""
    [found] = yaml.safe_load(house.run("contract").stdout)["sources"]
    return dict(found)


def test_all_published_tables_and_columns_are_described(source: dict[str, Any]) -> None:
    tables = {table["name"]: table for table in source["tables"]}
    assert tables.keys() == PUBLISHED.keys()
    for name, table in tables.items():
        assert table["description"] == PUBLISHED[name].comment
        assert [(c["name"], c["description"], c["data_type"]) for c in table["columns"]] == [
            (c.name, c.comment, c.type) for c in PUBLISHED[name].columns
        ]


def test_keys_are_tests(source: dict[str, Any]) -> None:
    tests = {
        (table["name"], column["name"]): column.get("data_tests", [])
        for table in source["tables"]
        for column in table["columns"]
    }
    assert tests["songs", "song_id"] == ["not_null", "unique"]
    assert tests["songplays", "song_id"] == [
        {"relationships": {"to": "source('sparkify', 'songs')", "field": "song_id"}}
    ]
    assert tests["songs", "year"] == []
    for (table, column), found in tests.items():
        contract = PUBLISHED[table]
        assert ("not_null" in found) == contract.column(column).required
        assert ("unique" in found) == (contract.primary_key == (column,))


def test_a_key_of_several_columns_is_a_test_of_the_table(source: dict[str, Any]) -> None:
    keys = {table["name"]: table.get("data_tests") for table in source["tables"]}
    assert keys["songs"] is None
    assert keys["daily_plays"] == [
        {"unique": {"column_name": "(MD5(CAST(day AS VARCHAR)) || MD5(CAST(level AS VARCHAR)))"}}
    ]


def test_the_schema_is_the_one_that_is_loaded(house: House) -> None:
    for schema, settings in {
        "main": {},
        "public": {"WAREHOUSE": "postgresql://host/database"},
        "marts": {"SCHEMA": "marts"},
    }.items():
        printed = house.run("contract", **settings).stdout
        assert yaml.safe_load(printed)["sources"][0]["schema"] == schema
    assert not (house.folder / "data").exists()


@pytest.mark.skipif(
    os.environ.get("TEST_DBT") != "1", reason="installs dbt from the registry: set TEST_DBT=1"
)
def test_dbt_parses_it_and_its_tests_pass(loaded: House, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    pip = str(environment / "bin/pip")
    subprocess.run([pip, "install", "-q", "dbt-core<1.12", "dbt-duckdb<1.12"], check=True)
    (tmp_path / "models").mkdir()
    (tmp_path / "models/sources.yml").write_text(loaded.run("contract").stdout)
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    path = loaded.folder / "data/sparkify.duckdb"
    (tmp_path / "profiles.yml").write_text(PROFILE.format(path=path))
    dbt = [str(environment / "bin/dbt"), "--no-send-anonymous-usage-stats"]
    for command in (["parse"], ["test", "--select", "source:*"]):
        ran = subprocess.run(
            [*dbt, *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout
        sys.stdout.write(ran.stdout)
    assert "ERROR=0" in ran.stdout
