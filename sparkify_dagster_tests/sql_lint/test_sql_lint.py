"""Each rule with a statement that it finds and one that it passes, and all rules over sql/."""

from pathlib import Path

import pytest

from sparkify_dagster_tests import sql_lint
from sparkify_dagster_tests.sql_lint import findings
from sparkify_dagster_tests.sql_lint.contract import Column, Reference, Table, tables

_SQL = Path(__file__).parents[2] / "sql"


def _table(name: str, key: str, *references: Reference, **types: str) -> Table:
    columns = tuple(Column(column, kind, None, False, "") for column, kind in types.items())
    return Table(name, "star", "", columns, (key,), references, None, "")


_CONTRACT = {
    "users": _table("users", "user_id", user_id="BIGINT", level="VARCHAR(9)", paid="BOOLEAN"),
    "plays": _table(
        "plays", "play_id", Reference("user_id", "users", "user_id"), play_id="BIGINT",
        user_id="BIGINT",
    ),
}  # fmt: skip

_CASES = {
    "distinct_over_a_key": [
        ("SELECT DISTINCT user_id, level FROM users", "SELECT DISTINCT level FROM users"),
        ("SELECT COUNT(DISTINCT user_id) FROM users", "SELECT COUNT(DISTINCT user_id) FROM plays"),
        (
            "SELECT COUNT(*) FROM (SELECT DISTINCT user_id FROM users) AS keys",
            "WITH x AS (SELECT user_id FROM users) SELECT DISTINCT user_id FROM x",
        ),
    ],
    "group_by_over_a_key": [
        (
            "SELECT user_id FROM users GROUP BY user_id HAVING COUNT(*) > 1",
            "SELECT user_id FROM plays GROUP BY user_id HAVING COUNT(*) > 1",
        ),
    ],
    "join_over_a_key": [
        (
            "SELECT p.play_id FROM plays AS p LEFT JOIN users AS u ON u.user_id = p.user_id",
            "SELECT p.play_id FROM plays AS p LEFT JOIN users AS u ON u.level = p.level",
        ),
        (
            "SELECT p.play_id FROM plays AS p JOIN users AS u ON p.user_id = u.user_id",
            "SELECT play_id FROM plays WHERE user_id NOT IN (SELECT user_id FROM users)",
        ),
    ],
    "correlated_subquery": [
        (
            "SELECT 1 FROM plays AS p WHERE EXISTS (SELECT 1 FROM users AS u WHERE u.x = p.y)",
            "SELECT play_id FROM plays WHERE user_id IN (SELECT u.user_id FROM users AS u)",
        ),
    ],
    "subquery_without_alias": [
        ("SELECT * FROM (SELECT 1 AS x)", "SELECT * FROM (SELECT 1 AS x) AS y"),
    ],
    "lag_with_a_default": [
        (
            "SELECT LAG(level, 1, 'free') OVER (ORDER BY user_id) FROM users",
            "SELECT LAG(level, 1) OVER (ORDER BY user_id) FROM users",
        ),
    ],
    "is_true_in_select_list": [
        ("SELECT paid IS TRUE AS x FROM users", "SELECT level FROM users WHERE paid IS TRUE"),
    ],
    "boolean_to_varchar": [
        ("SELECT CAST(paid AS VARCHAR(5)) FROM users", "SELECT CAST(level AS VARCHAR) FROM users"),
        ("SELECT (user_id > 1)::VARCHAR FROM users", "SELECT user_id::VARCHAR FROM users"),
    ],
    "leader_function_with_a_table": [
        ("SELECT NOW() FROM users", "SELECT CURRENT_SCHEMA()"),
        ("SELECT NOW() FROM users, pg_class", "SELECT CURRENT_SCHEMA() FROM pg_class"),
        ("SELECT CURRENT_TIMESTAMP FROM users", "SELECT 'now' AS age FROM users"),
    ],
    "key_of_unknown_column": [
        ("CREATE TABLE t (a INTEGER) DISTKEY (b)", "CREATE TABLE t (a INTEGER) DISTKEY (a)"),
        ("CREATE TABLE t (a INTEGER) SORTKEY (a, b)", "CREATE TABLE t (a INTEGER) SORTKEY (a)"),
    ],
    "reference_that_does_not_fit": [
        (
            "CREATE TABLE t (a BIGINT REFERENCES nothing (a))",
            "CREATE TABLE t (a BIGINT REFERENCES users (user_id))",
        ),
        (
            "CREATE TABLE t (a INTEGER REFERENCES users (user_id))",
            "CREATE TABLE t (a BIGINT)",
        ),
        (
            "CREATE TABLE t (a VARCHAR(9) REFERENCES users (level))",
            "CREATE TABLE t (a VARCHAR(9))",
        ),
    ],
    "encoding_that_does_not_fit": [
        ("CREATE TABLE t (a VARCHAR(9) ENCODE az64)", "CREATE TABLE t (a BIGINT ENCODE az64)"),
        ("CREATE TABLE t (a BIGINT ENCODE text255)", "CREATE TABLE t (a BOOLEAN ENCODE zstd)"),
    ],
    "diststyle_that_does_not_fit": [
        (
            "CREATE TABLE t (a INTEGER) DISTSTYLE ALL DISTKEY (a)",
            "CREATE TABLE t (a INTEGER) DISTSTYLE KEY DISTKEY (a)",
        ),
        ("CREATE TABLE t (a INTEGER) DISTSTYLE KEY", "CREATE TABLE t (a INTEGER) DISTSTYLE ALL"),
    ],
}


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [(rule, bad, good) for rule, cases in _CASES.items() for bad, good in cases],
)
def test_a_rule_finds_what_redshift_reads_otherwise(rule: str, bad: str, good: str) -> None:
    assert rule in {found.split(":")[0] for found in findings(bad, _CONTRACT, check=True)}
    assert findings(good, _CONTRACT, check=True) == []


def test_every_rule_is_tried_and_states_its_source() -> None:
    rules = (*sql_lint.EVERYWHERE, *sql_lint.IN_CHECKS)
    assert {rule.__name__ for rule in rules} == _CASES.keys()
    assert [rule.__name__ for rule in rules if "_" not in (rule.__doc__ or "")] == []


@pytest.mark.parametrize(
    "path", sorted(_SQL.rglob("*.sql")), ids=lambda path: path.relative_to(_SQL).as_posix()
)
def test_the_projects_sql_passes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert findings(text, tables(), check="checks" in path.parts) == []
