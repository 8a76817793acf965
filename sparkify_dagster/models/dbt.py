"""The star and the analytics as a dbt source: `sources.yml`, for teams that build on them with dbt.

All of it comes from the tables' folders: the comments, the types, and the keys as dbt's own tests.
"""

from typing import Any

from sparkify_dagster.models import catalogue
from sparkify_dagster.models.contract import Column, Table

SOURCE = "sparkify"
_LAYERS = ("star", "analytics")
_DESCRIPTION = "Sparkify's star and analytics, which `sparkify load` fills and checks."


def sources_yaml(schema: str) -> str:
    """Return the text of a `sources.yml` for the tables in a schema."""
    import yaml

    tables = [m.table for m in catalogue.models().values() if m.layer in _LAYERS]
    source = {
        "name": SOURCE,
        "description": _DESCRIPTION,
        "schema": schema,
        "tables": [_table(table) for table in tables],
    }
    content = {"version": 2, "sources": [source]}
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    return text


def _table(table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {"name": table.name, "description": table.comment}
    if len(table.primary_key) > 1:
        # dbt has no test of several columns; digests keep 'a', 'bc' apart from 'ab', 'c'.
        key = " || ".join(f"MD5(CAST({column} AS VARCHAR))" for column in table.primary_key)
        found["data_tests"] = [{"unique": {"column_name": f"({key})"}}]
    found["columns"] = [_column(table, column) for column in table.columns]
    return found


def _column(table: Table, column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": column.name,
        "description": column.comment,
        "data_type": column.type,
    }
    tests: list[Any] = ["not_null"] if column.required else []
    if table.primary_key == (column.name,):
        tests.append("unique")
    tests += [
        {"relationships": {"to": f"source('{SOURCE}', '{one.table}')", "field": one.target}}
        for one in table.references
        if one.column == column.name and one.table in _published()
    ]
    return found | ({"data_tests": tests} if tests else {})


def _published() -> set[str]:
    return {name for name, model in catalogue.models().items() if model.layer in _LAYERS}
