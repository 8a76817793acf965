"""The project's own SQL files pass the stand-in as they stand."""

import re
from pathlib import Path

import psycopg2
import pytest

from sparkify_dagster_tests.redshift_stand_in.lexer import render, statements, tokenise
from sparkify_dagster_tests.redshift_stand_in_tests.conftest import Sql

_SQL = Path(__file__).parents[2] / "sql"
_VALUES = {
    "log_month": "'2018-11'",
    "first_month": "'2018-11'",
    "last_month": "'2018-11'",
    "first_moment": "'2018-11-01 00:00:00'",
    "end_moment": "'2018-12-01 00:00:00'",
}


def files(folder: str) -> list[str]:
    return sorted(str(file.relative_to(_SQL)) for file in (_SQL / folder).rglob("*.sql"))


def bound(file: str) -> str:
    text = (_SQL / file).read_text(encoding="utf-8")
    code = re.sub(r"--[^\n]*", "", text)
    return re.sub(r"(?<!:):([a-z_]+)", lambda name: _VALUES[name[1]], code)


@pytest.fixture
def tables(sql: Sql) -> None:
    """Create every table, those that others refer to first."""
    left = files("tables")
    while left:
        for file in list(left):
            try:
                sql(bound(file))
            except psycopg2.errors.UndefinedTable:
                continue
            left.remove(file)


@pytest.mark.parametrize("file", [*files("load"), *files("checks")])
@pytest.mark.usefixtures("tables")
def test_a_file_of_the_project_runs(sql: Sql, file: str) -> None:
    for statement in statements(tokenise(bound(file))):
        sql(render(statement).replace("%", "%%"), ())
