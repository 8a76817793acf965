"""The project's own SELECTs and checks pass the stand-in as they stand."""

import re

import psycopg2
import pytest

from sparkify_dagster.models import catalogue, contract, files
from sparkify_dagster_tests.redshift_stand_in.lexer import render, statements, tokenise
from sparkify_dagster_tests.redshift_stand_in_tests.conftest import Sql

_SELECTS = [name for name, model in catalogue.models().items() if model.select]
_CHECKS = [(name, rule) for name in catalogue.models() for rule in files.rules(name)]


@pytest.fixture
def tables(sql: Sql) -> None:
    """Create every table, those that others refer to first."""
    left = sorted(contract.tables())
    while left:
        for name in list(left):
            try:
                sql(without_comments(files.read(name, "table.sql")))
            except psycopg2.errors.UndefinedTable:
                continue
            left.remove(name)


def without_comments(text: str) -> str:
    """Return SQL without the lines that explain it."""
    return re.sub(r"--[^\n]*", "", text)


def run(sql: Sql, text: str) -> None:
    """Run each statement of a text."""
    for statement in statements(tokenise(without_comments(text))):
        sql(render(statement).replace("%", "%%"), ())


@pytest.mark.usefixtures("tables")
def test_the_select_of_every_model_runs(sql: Sql) -> None:
    for name in _SELECTS:
        run(sql, files.read(name, "model.sql"))


@pytest.mark.usefixtures("tables")
def test_every_check_runs(sql: Sql) -> None:
    assert len(_CHECKS) > 20
    for name, rule in _CHECKS:
        run(sql, files.read(name, f"checks/{rule}.sql"))
