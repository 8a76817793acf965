"""The resources say which database and files are meant, and serve other assets and notebooks."""

import re
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from sparkify_dagster.code_location import build_definitions
from sparkify_dagster.settings import RedshiftSettings, Settings
from sparkify_dagster_tests.examples import demo_warehouse

PAGE = Path(__file__).parents[2] / "docs/loading.md"


def _resource(settings: Settings, name: str) -> dg.ConfigurableResource[Any]:
    found = (build_definitions(settings).resources or {})[name]
    assert isinstance(found, dg.ConfigurableResource)
    return found


def _shown(settings: Settings) -> dict[str, Any]:
    """Return the fields that have a value; Dagster's page shows each in clear text."""
    resource = _resource(settings, "warehouse")
    return {name: getattr(resource, name) for name in type(resource).model_fields}


@pytest.mark.parametrize(
    ("settings", "database"),
    [
        (
            Settings(warehouse="postgresql://loader:geheim@db.example.org:5433/music"),
            {"engine": "PostgreSQL", "host": "db.example.org", "port": "5433",
             "database": "music", "database_schema": "public", "user": "loader"},
        ),
        (
            Settings(
                source="s3://bucket/x",
                control="s3://bucket/y",
                warehouse="redshift://",
                schema="music",
                redshift=RedshiftSettings(workgroup="nightly", auth="password", password="geheim"),
            ),
            {"engine": "Redshift", "host": "", "cluster": "nightly", "database": "sparkify",
             "database_schema": "music", "user": "sparkify"},
        ),
        (
            Settings(warehouse="duckdb:////data/music.duckdb"),
            {"engine": "DuckDB", "host": "", "database": "/data/music.duckdb",
             "database_schema": "main", "user": ""},
        ),
    ],
    ids=["postgresql", "redshift", "duckdb"],
)  # fmt: skip
def test_the_page_of_the_warehouse_says_which_database_it_is(
    settings: Settings, database: dict[str, str]
) -> None:
    """Found by opening the page: before the fix, it was blank; then the user was missing on it."""
    shown = _shown(settings)
    assert {name: shown[name] for name in database} == database
    assert "geheim" not in repr(shown)


def test_every_field_and_every_resource_has_a_description() -> None:
    for name in ("warehouse", "source"):
        resource = type(_resource(Settings(), name))
        assert (resource.__doc__ or "").strip()
        assert all(field.description for field in resource.model_fields.values())


def test_the_page_of_the_source_says_where_the_files_are() -> None:
    source = _resource(Settings(source="s3://bucket/prefix"), "source")
    assert source.location == "s3://bucket/prefix"  # type: ignore[attr-defined]


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = demo_warehouse(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPARKIFY_WAREHOUSE", _url(warehouse.location))
    of_asset, in_notebook = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    asset: dict[str, Any] = {}
    exec(of_asset, asset)  # noqa: S102 - the page's own
    settings = Settings(warehouse=_url(warehouse.location))
    resource = _resource(settings, "warehouse")
    assert dg.materialize([asset["plays_by_level"]], resources={"warehouse": resource}).success
    counted = pd.read_csv("plays_by_level.csv").set_index("level")["plays"]
    assert counted.sum() == warehouse.query("SELECT COUNT(*) FROM songplays")[0][0]
    notebook: dict[str, Any] = {}
    exec(in_notebook, notebook)  # noqa: S102 - the page's own
    assert len(notebook["users"]) == warehouse.query("SELECT COUNT(*) FROM users")[0][0] > 0
    notebook["warehouse"].transact(lambda tx: tx.execute("CREATE TABLE mine (x INTEGER)"))
    assert notebook["warehouse"].query("SELECT COUNT(*) FROM mine") == [(0,)]


def _url(location: str) -> str:
    """Return the URL of a DuckDB file."""
    return f"duckdb:///{location}"
