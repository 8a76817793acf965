"""The server: TLS, passwords, several clients, the log of statements."""

import socket
import struct
import threading

import psycopg2
import pytest

from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.redshift_stand_in_tests.conftest import Connect, Sql


def test_tls_is_required(connect: Connect) -> None:
    with pytest.raises(psycopg2.OperationalError, match="SSL off"):
        connect(sslmode="disable", sslrootcert=None)


def test_the_certificate_is_for_localhost_and_from_its_own_ca(
    connect: Connect, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from sparkify_dagster_tests.redshift_stand_in.certificate import make_certificates

    other_ca, _ = make_certificates(tmp_path_factory.mktemp("other"))
    with pytest.raises(psycopg2.OperationalError, match="SSL error"):
        connect(sslrootcert=str(other_ca))
    with pytest.raises(psycopg2.OperationalError, match="certificate"):
        connect(host="localhost.example", hostaddr="127.0.0.1")
    connect(host="127.0.0.1")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"password": "wrong"}, "password authentication failed"),
        ({"user": "nobody"}, "password authentication failed"),
        ({"dbname": "other"}, 'database "other" does not exist'),
    ],
)
def test_a_login_wants_user_password_and_database(
    connect: Connect, changed: dict[str, str], message: str
) -> None:
    with pytest.raises(psycopg2.OperationalError, match=message):
        connect(**changed)


def test_temporary_users_can_be_added(redshift: RedshiftStandIn, connect: Connect) -> None:
    redshift.passwords["IAM:sparkify"] = "temporary"
    connect(user="IAM:sparkify", password="temporary")


def test_what_is_received_is_logged_as_it_was_sent(redshift: RedshiftStandIn, sql: Sql) -> None:
    sql("SELECT  1 -- one")
    assert redshift.texts[-1] == "SELECT  1 -- one"


def test_clients_work_side_by_side(connect: Connect, sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER)")

    def insert(number: int) -> None:
        with connect() as connection, connection.cursor() as cursor:
            for _ in range(10):
                cursor.execute("INSERT INTO a VALUES (%s)", [number])

    threads = [threading.Thread(target=insert, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sql("SELECT COUNT(*) FROM a") == [(40,)]


def test_a_running_statement_can_be_cancelled(redshift: RedshiftStandIn, sql: Sql) -> None:
    """With a packet of its own: psycopg2's cancel() holds the GIL that the server needs."""
    query = (
        "SELECT COUNT(*) FROM svv_columns a, svv_columns b, svv_columns c, svv_columns d, "
        "pg_attribute e, pg_attribute f, pg_attribute g"
    )
    sql("CREATE TABLE a (id INTEGER)")
    [session] = redshift._running()
    packet = struct.pack("!ii", 16, 80877102) + session.backend.key

    def cancel() -> None:
        with socket.create_connection(("127.0.0.1", redshift.port)) as sock:
            sock.sendall(packet)
            sock.recv(1)

    threading.Timer(0.3, cancel).start()
    with pytest.raises(psycopg2.errors.QueryCanceled):
        sql(query)
    assert sql("SELECT 1") == [(1,)]


def test_temporary_tables_are_a_sessions_own(sql: Sql, transaction: Sql) -> None:
    sql("CREATE TEMP TABLE mine (id INTEGER)")
    with pytest.raises(psycopg2.errors.UndefinedTable):
        transaction("SELECT * FROM mine")


def test_two_stand_ins_share_nothing(postgres: str, moto_url: str, sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER)")
    with RedshiftStandIn(postgres=postgres, s3_endpoint=moto_url, password="x") as other:
        connection = psycopg2.connect(
            host=other.host, port=other.port, dbname="sparkify", user="sparkify", password="x",
            sslmode="require",
        )  # fmt: skip
        with pytest.raises(psycopg2.errors.UndefinedTable):
            Sql(connection)("SELECT * FROM a")
        connection.close()
