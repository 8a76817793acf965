"""`sparkify query` on Redshift sends one SELECT or WITH, in a read-only transaction."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sparkify_dagster.cluster import Aws, ConnectionCredentials
from sparkify_dagster.errors import SettingsError, WarehouseError
from sparkify_dagster.settings import RedshiftSettings, Settings
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse, reading, warehouse
from sparkify_dagster.warehouse.redshift.reading import reader_login, single_query
from sparkify_dagster_tests.hostile.statements import REDSHIFT, SECRET
from sparkify_dagster_tests.warehouse_redshift.conftest import QUICK

if TYPE_CHECKING:
    from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn


@pytest.fixture
def filled(settings: Settings) -> RedshiftWarehouse:
    made = RedshiftWarehouse(settings, backoff=QUICK, error_wait_seconds=5)
    with made.session():
        made.transact(lambda tx: tx.execute("CREATE TABLE users (user_id INTEGER)"))
        made.transact(lambda tx: tx.execute("INSERT INTO users VALUES (1)"))
    return made


def test_no_trick_is_sent_and_nothing_changes(
    filled: RedshiftWarehouse, redshift: "RedshiftStandIn"
) -> None:
    """Found by trying: COMMIT; DELETE FROM users deleted."""
    for trick in REDSHIFT:
        redshift.statements.clear()
        with pytest.raises(WarehouseError):
            filled.read(trick)
        assert trick not in redshift.texts
    assert filled.read("SELECT user_id FROM users").rows == [(1,)]
    assert filled.existing_tables() == {"users"}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        " SELECT 1 ;; \n",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "-- a comment\nWITH a AS (SELECT 1 AS b) SELECT b FROM a;",
        "SELECT COUNT(*) FROM songplays WHERE user_agent LIKE '%; %'",
        "SELECT 'it''s; so' AS \"a;b\" -- and; more",
        "SELECT '\\\\' AS backslash",
        "/* a comment */ SELECT 1",
        "SELECT user_id, ROW_NUMBER() OVER (PARTITION BY level ORDER BY user_id) FROM users",
        "SELECT level FROM users QUALIFY ROW_NUMBER() OVER (ORDER BY user_id) = 1",
        "SELECT DATEADD(day, 1, start_time), CONVERT_TIMEZONE('UTC', 'CET', start_time) FROM time",
    ],
)
def test_one_query_passes_with_semicolons_where_they_are_text(query: str) -> None:
    assert single_query(query) == query.strip().rstrip("; \n")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT '\\'; COMMIT; DELETE FROM users; --'",
        "SELECT ';' /* comment */",
        "SELECT $$;$$",
        "SELECT ';' ; SELECT 2",
        'SELECT 1 AS "; SELECT 2',
    ],
)
def test_a_text_that_might_be_two_statements_is_refused(query: str) -> None:
    with pytest.raises(WarehouseError, match="one semicolon may end it"):
        single_query(query)


def test_a_comment_may_follow_the_final_semicolon(filled: RedshiftWarehouse) -> None:
    assert filled.read("SELECT user_id FROM users; -- all; of them").rows == [(1,)]


def test_joins_are_answered(filled: RedshiftWarehouse) -> None:
    joined = filled.read("SELECT a.user_id FROM users a JOIN users b ON a.user_id = b.user_id;")
    assert joined.rows == [(1,)]


def test_writing_functions_find_a_read_only_transaction(
    filled: RedshiftWarehouse, redshift: "RedshiftStandIn"
) -> None:
    filled.read("SELECT 1")
    assert redshift.texts[-3:] == ["BEGIN READ ONLY", "SELECT 1", "ROLLBACK"]


def test_a_reader_logs_in_as_itself(
    filled: RedshiftWarehouse,
    settings: Settings,
    redshift: "RedshiftStandIn",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logins = []
    redshift.passwords["IAM:ada"] = SECRET

    def login(given: Settings, _aws: Aws) -> ConnectionCredentials:
        logins.append(given.reader)
        return ConnectionCredentials("IAM:ada", SECRET)

    filled.transact(lambda tx: tx.execute("GRANT SELECT ON users TO PUBLIC"))
    monkeypatch.setattr(warehouse, "reader_login", login)
    reader = RedshiftWarehouse(replace(settings, reader="ada"), backoff=QUICK)
    assert reader.read("SELECT user_id FROM users").rows == [(1,)]
    assert logins == ["ada"]
    redshift.passwords["IAM:ada"] = "another"
    with pytest.raises(WarehouseError, match="password authentication failed"):
        reader.read("SELECT 1")


@pytest.mark.usefixtures("cloud")
def test_the_readers_login_is_got_from_aws() -> None:
    import boto3

    boto3.client("redshift").create_cluster(
        ClusterIdentifier="sparkify",
        NodeType="ra3.large",
        MasterUsername="sparkify",
        MasterUserPassword="Passw0rd-of-moto",
    )
    login = reader_login(Settings(reader="ada"), Aws())
    assert login is not None
    assert login.user == "IAM:ada"
    assert login.password not in repr(login)
    assert reading.reader_login(Settings(), Aws()) is None


@pytest.mark.parametrize(
    "redshift",
    [
        RedshiftSettings(auth="password", password=SECRET),
        RedshiftSettings(auth="secret", secret_arn="arn"),
        RedshiftSettings(workgroup="sparkify"),
    ],
)
def test_a_reader_is_refused_where_the_login_is_one_users(redshift: RedshiftSettings) -> None:
    with pytest.raises(SettingsError, match="SPARKIFY_READER needs SPARKIFY_REDSHIFT_AUTH=iam"):
        reader_login(Settings(reader="ada", redshift=redshift), Aws())
