"""Redshift takes what the analytics are built by, and what the dashboard and its charts ask."""

import re

import pytest

from sparkify_dagster import sql_files
from sparkify_dagster.dashboard import chart_query
from sparkify_dagster.dashboard.figures import LAST_EVENT, QUERIES
from sparkify_dagster.loading.builds import ANALYTICS
from sparkify_dagster_tests.redshift_stand_in.lexer import render, statements, tokenise
from sparkify_dagster_tests.redshift_stand_in_tests.conftest import (
    Sql,
    connect,
    postgres,
    redshift,
    sql,
)
from sparkify_dagster_tests.redshift_stand_in_tests.test_project_sql import _VALUES, tables

__all__ = ["connect", "postgres", "redshift", "sql", "tables"]


def run(sql: Sql, script: str) -> None:
    code = re.sub(r"--[^\n]*", "", script)
    bound = re.sub(r"(?<!:):([a-z_]+)", lambda name: _VALUES[name[1]], code)
    for statement in statements(tokenise(bound)):
        sql(render(statement).replace("%", "%%"), ())


@pytest.mark.usefixtures("tables")
def test_every_analytics_table_is_built_and_drawn(sql: Sql) -> None:
    for table, how in ANALYTICS.items():
        run(sql, sql_files.read(how.file))
        run(sql, chart_query(table) or "")


@pytest.mark.usefixtures("tables")
def test_every_question_of_the_dashboard_is_answered(sql: Sql) -> None:
    for query in (*QUERIES.values(), LAST_EVENT):
        run(sql, query)
