"""Where Redshift means something else than PostgreSQL."""

import datetime as dt
from typing import Any

import psycopg2
import psycopg2.extras
import pytest

from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.redshift_stand_in_tests.conftest import Connect, Sql


def test_keys_are_declared_and_not_enforced(sql: Sql) -> None:
    sql("CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(5) UNIQUE)")
    sql("CREATE TABLE plays (id INTEGER, user_id INTEGER REFERENCES users (id), PRIMARY KEY (id))")
    sql("INSERT INTO users VALUES (1, 'a'), (1, 'a')")
    sql("INSERT INTO plays VALUES (1, 99), (1, 99)")
    assert sql("SELECT COUNT(*) FROM plays") == [(2,)]


def test_a_referenced_table_must_exist(sql: Sql) -> None:
    with pytest.raises(psycopg2.errors.UndefinedTable):
        sql("CREATE TABLE plays (user_id INTEGER REFERENCES users (id))")


@pytest.mark.parametrize(
    "columns",
    ["id INTEGER NOT NULL", "id INTEGER PRIMARY KEY", "id INTEGER, PRIMARY KEY (id)"],
)
def test_not_null_is_enforced_on_primary_keys_too(sql: Sql, columns: str) -> None:
    sql(f"CREATE TABLE users ({columns})")
    with pytest.raises(psycopg2.InternalError, match="Cannot insert a NULL value into column id"):
        sql("INSERT INTO users VALUES (NULL)")


@pytest.mark.parametrize("written", ["VARCHAR(4)", "CHARACTER VARYING(4)", "NVARCHAR(4)"])
def test_varchar_counts_bytes(sql: Sql, written: str) -> None:
    sql(f"CREATE TABLE a (name {written})")
    sql("INSERT INTO a VALUES ('éé'), ('abcd'), ('ab      ')")
    for write in (
        "INSERT INTO a VALUES ('ééé')",
        "INSERT INTO a SELECT 'abc' || 'de'",
        "UPDATE a SET name = 'ééa'",
    ):
        with pytest.raises(
            psycopg2.DataError, match=r"value too long for type character varying\(4\)"
        ):
            sql(write)
    assert sql("SELECT name FROM a ORDER BY name") == [("ab  ",), ("abcd",), ("éé",)]


@pytest.mark.parametrize(
    ("written", "width"), [("TEXT", 256), ("VARCHAR", 256), ("VARCHAR(MAX)", 65535)]
)
def test_text_is_a_short_varchar(sql: Sql, written: str, width: int) -> None:
    sql(f"CREATE TABLE a (name {written})")
    sql("INSERT INTO a VALUES (REPEAT('x', %s))", [width])
    with pytest.raises(psycopg2.DataError):
        sql("INSERT INTO a VALUES (REPEAT('x', %s))", [width + 1])


def test_merge_counts_bytes_too(sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER, name VARCHAR(2)); CREATE TABLE b (id INTEGER, name TEXT)")
    sql("INSERT INTO b VALUES (1, 'éé')")
    with pytest.raises(psycopg2.DataError):
        sql(
            "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN UPDATE SET name = b.name "
            "WHEN NOT MATCHED THEN INSERT VALUES (b.id, b.name)"
        )


def test_an_explicit_cast_cuts_at_a_character(sql: Sql) -> None:
    assert sql("SELECT 'aéé'::VARCHAR(4), CAST('abc' AS VARCHAR(2))") == [("aé", "ab")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT COUNT(*) FROM a WHERE name = 'x'", 2),
        ("SELECT COUNT(*) FROM a WHERE name IN ('x', 'y')", 2),
        ("SELECT COUNT(*) FROM (SELECT name FROM a GROUP BY name) g", 1),
        ("SELECT COUNT(DISTINCT name) FROM a", 1),
        ("SELECT COUNT(*) FROM (SELECT DISTINCT name FROM a) d", 1),
        ("SELECT COUNT(*) FROM a JOIN a AS b ON a.name = b.name", 4),
        ("SELECT COUNT(*) FROM a JOIN a AS b ON a.name = RTRIM(b.name)", 4),
        ("SELECT COUNT(*) FROM a WHERE LOWER(name) = UPPER('X') OR LOWER(name) = 'x'", 2),
        ("SELECT MAX(LENGTH(name)) FROM a", 2),
        ("SELECT COUNT(DISTINCT MD5(name)) FROM a", 2),
    ],
)
def test_trailing_blanks_matter_to_no_comparison(sql: Sql, query: str, expected: int) -> None:
    sql("CREATE TABLE a (name VARCHAR(5)); INSERT INTO a VALUES ('x'), ('x ')")
    assert sql(query) == [(expected,)]


def test_text_is_ordered_by_bytes(sql: Sql) -> None:
    sql("CREATE TABLE a (name VARCHAR(5)); INSERT INTO a VALUES ('é'), ('b'), ('B'), ('a')")
    assert [row[0] for row in sql("SELECT name FROM a ORDER BY name")] == ["B", "a", "b", "é"]


def test_a_backslash_escapes_in_every_string(sql: Sql) -> None:
    assert sql(r"SELECT 'a\\b', 'it\'s', 'c''d'") == [("a\\b", "it's", "c'd")]
    assert sql("SELECT %s", ["\\ ' \n %"]) == [("\\ ' \n %",)]


def test_quoted_names_are_folded_too(sql: Sql) -> None:
    sql('CREATE TABLE "Mixed" ("Case" INTEGER)')
    assert sql("SELECT CASE WHEN 1 = 1 THEN COUNT(*) END FROM mixed") == [(0,)]
    assert sql('SELECT "CASE" FROM MIXED') == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("7 / 2", 3),
        ("DATEADD(ms, 5, TIMESTAMP '2018-11-01 00:00:00')", "2018-11-01 00:00:00.005000"),
        ("DATEADD('month', 1, '2018-01-31'::TIMESTAMP)", "2018-02-28 00:00:00"),
        ("DATEDIFF(year, '2018-12-31'::DATE, '2019-01-01'::DATE)", 1),
        ("DATE_TRUNC('month', '2018-11-05'::DATE)", "2018-11-01 00:00:00"),
        ("EXTRACT(weekday FROM '2018-11-04'::TIMESTAMP)::INTEGER", 0),
        ("EXTRACT(week FROM '2018-11-04'::TIMESTAMP)::INTEGER", 44),
        ("NVL(NULL, 'a')", "a"),
        ("NVL2(1, 'a', 'b')", "a"),
        ("CONCAT('a', NULL)", None),
        ("'a' || NULL", None),
        ("LEN('éé')", 2),
        ("MD5('a')", "0cc175b9c0f1b6a831c399e269772661"),
        ("SHA2('a', 256)", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("CONVERT_TIMEZONE('Europe/Berlin', '2018-11-01 00:00:00')", "2018-11-01 01:00:00"),
        ("TRUNC('2018-11-01 20:00:00'::TIMESTAMP)", "2018-11-01"),
        ("REGEXP_REPLACE('a1b2', '[0-9]', '-')", "a-b-"),
        ("JSON_EXTRACT_PATH_TEXT('{\"a\": {\"b\": \"c\"}}', 'a', 'b')", "c"),
        ("0.1::FLOAT8 + 0.2::FLOAT8", 0.3),
        ("GETDATE() <= SYSDATE", True),
        ("DATE_TRUNC('second', GETDATE()) = GETDATE()", True),
        ("current_database()", "sparkify"),
        ("CURRENT_USER", "sparkify"),
        ("BOOL_OR(TRUE)", True),
    ],
)  # fmt: skip
def test_functions_mean_what_redshift_means(sql: Sql, expression: str, expected: Any) -> None:
    [(found,)] = sql(f"SELECT {expression}")
    assert (str(found) if isinstance(found, dt.date) else found) == expected


def test_a_sum_of_integers_is_a_bigint(sql: Sql) -> None:
    sql("CREATE TABLE a (n BIGINT, f DOUBLE PRECISION)")
    sql("INSERT INTO a VALUES (4611686018427387904, 0.5), (-1, NULL), (NULL, 0.25)")
    assert sql("SELECT SUM(n), SUM(f), SUM(CAST(n AS DECIMAL(38, 0))) FROM a") == [
        (4611686018427387903, 0.75, 4611686018427387903)
    ]
    sql("INSERT INTO a VALUES (4611686018427387904, 0), (1, 0)")
    assert sql("SELECT SUM(CAST(n AS DECIMAL(38, 0))) FROM a") == [(2**63,)]
    with pytest.raises(psycopg2.errors.NumericValueOutOfRange):
        sql("SELECT SUM(n) FROM a")


def test_dateadd_counts_in_four_bytes(sql: Sql) -> None:
    with pytest.raises(psycopg2.errors.UndefinedFunction):
        sql("SELECT DATEADD(ms, 1541105830796, TIMESTAMP 'epoch')")


def test_version_is_redshifts(sql: Sql) -> None:
    assert sql.connection.get_parameter_status("standard_conforming_strings") is None
    [(version,)] = sql("SELECT version()")
    assert version.startswith("PostgreSQL 8.0.2 on i686-pc-linux-gnu")
    assert "Redshift 1.0." in version


def test_qualify_keeps_the_rows_it_should(sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER, name VARCHAR(5))")
    sql("INSERT INTO a VALUES (1, 'b'), (1, 'a'), (2, 'c')")
    assert sql(
        "SELECT id, name FROM a AS x QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY name) = 1 "
        "ORDER BY id"
    ) == [(1, "a"), (2, "c")]


def test_merge_updates_inserts_and_minds_duplicates(sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER, name TEXT); CREATE TABLE b (id INTEGER, name TEXT)")
    sql("INSERT INTO a VALUES (1, 'old'); INSERT INTO b VALUES (1, 'new'), (2, 'two')")
    merge = (
        "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN UPDATE SET name = b.name "
        "WHEN NOT MATCHED THEN INSERT (id, name) VALUES (b.id, b.name)"
    )
    sql(merge)
    assert sql("SELECT id, name FROM a ORDER BY id") == [(1, "new"), (2, "two")]
    sql("INSERT INTO b VALUES (1, 'again')")
    with pytest.raises(psycopg2.InternalError, match="Found multiple matches"):
        sql(merge)


def test_truncate_commits(transaction: Sql, sql: Sql) -> None:
    transaction("CREATE TABLE a (id INTEGER); INSERT INTO a VALUES (1)")
    transaction.connection.commit()
    transaction("INSERT INTO a VALUES (2)")
    transaction("CREATE TABLE b (id INTEGER)")
    transaction("TRUNCATE a")
    transaction.connection.rollback()
    assert sql("SELECT COUNT(*) FROM a") == [(0,)]
    assert sql("SELECT COUNT(*) FROM b") == [(0,)]


def test_vacuum_is_for_outside_of_transactions(transaction: Sql) -> None:
    with pytest.raises(psycopg2.errors.ActiveSqlTransaction):
        transaction("VACUUM")


def test_several_statements_are_one_transaction(sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER NOT NULL)")
    with pytest.raises(psycopg2.InternalError):
        sql("INSERT INTO a VALUES (1); INSERT INTO a VALUES (NULL)")
    assert sql("SELECT COUNT(*) FROM a") == [(0,)]


def test_a_transaction_sees_its_snapshot(transaction: Sql, sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER)")
    transaction("SELECT * FROM a")
    sql("INSERT INTO a VALUES (1)")
    assert transaction("SELECT * FROM a") == []


def test_begin_does_not_choose_the_isolation_level(transaction: Sql, sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER)")
    transaction.connection.autocommit = True
    transaction("BEGIN ISOLATION LEVEL READ COMMITTED")
    transaction("SELECT * FROM a")
    sql("INSERT INTO a VALUES (1)")
    assert transaction("SELECT * FROM a") == []


@pytest.mark.parametrize("isolation", ["snapshot", "serializable"])
def test_writers_of_the_same_row_conflict(postgres: str, moto_url: str, isolation: Any) -> None:
    with RedshiftStandIn(
        postgres=postgres, s3_endpoint=moto_url, password="x", isolation=isolation
    ) as redshift:
        arguments: dict[str, Any] = {
            "host": redshift.host, "port": redshift.port, "dbname": redshift.database,
            "user": redshift.user, "password": "x", "sslmode": "require",
        }  # fmt: skip
        one, two = (Sql(psycopg2.connect(**arguments)) for _ in range(2))
        one("CREATE TABLE a (id INTEGER); INSERT INTO a VALUES (1)")
        one.connection.commit()
        two("SELECT * FROM a")
        one("UPDATE a SET id = 2")
        one.connection.commit()
        with pytest.raises(psycopg2.InternalError) as raised:
            two("UPDATE a SET id = 3")
        one.connection.close()
        two.connection.close()
    conflict = "could not complete because of conflict with concurrent transaction"
    assert (raised.value.diag.message_primary, raised.value.pgcode) == (
        ("1023" if isolation == "serializable" else conflict),
        "XX000",
    )


def test_a_lock_taken_first_avoids_the_conflict(transaction: Sql, sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER); INSERT INTO a VALUES (1)")
    transaction("SET query_group TO 'x'; LOCK a")
    transaction("UPDATE a SET id = 2")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        sql("SET statement_timeout TO 200; LOCK a")
    transaction.connection.commit()


def test_grants_want_a_grantee_that_exists(sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER)")
    grant = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO GROUP analysts"
    with pytest.raises(psycopg2.Error, match='group "analysts" does not exist'):
        sql(grant)
    sql("CREATE GROUP analysts")
    sql(grant)
    sql("REVOKE SELECT ON a FROM GROUP analysts")
    with pytest.raises(psycopg2.Error, match="already exists"):
        sql("CREATE GROUP analysts")
    sql("DROP GROUP analysts; CREATE ROLE reader; GRANT USAGE ON SCHEMA public TO ROLE reader")


def test_parameters_of_the_session_are_kept(sql: Sql) -> None:
    sql("SET query_group TO 'run-1'")
    assert sql("SHOW query_group") == [("run-1",)]
    assert sql("SELECT CURRENT_SETTING('query_group')") == [("run-1",)]
    sql("RESET query_group")
    assert sql("SHOW query_group") == [("default",)]


def test_the_search_path_leads_to_other_schemas(sql: Sql) -> None:
    sql("CREATE SCHEMA audit; SET search_path TO audit, public; CREATE TABLE a (id INTEGER)")
    assert sql("SELECT table_schema FROM svv_tables WHERE table_name = 'a'") == [("audit",)]
    assert sql("SELECT LEN('abc')") == [(3,)]


def test_the_catalogue_shows_redshifts_types_and_the_comments(sql: Sql) -> None:
    sql("CREATE TABLE a (id BIGINT NOT NULL, name VARCHAR(7))")
    sql("COMMENT ON COLUMN a.name IS 'the name'")
    expected = [
        ("id", "bigint", None, "NO", None),
        ("name", "character varying", 7, "YES", "the name"),
    ]
    for view in ("svv_columns", "information_schema.columns"):
        assert (
            sql(
                "SELECT column_name, data_type, character_maximum_length, is_nullable, remarks "
                f"FROM {view} WHERE table_name = 'a' ORDER BY ordinal_position"
            )
            == expected
        )
    assert sql('SELECT "column", type FROM pg_table_def WHERE tablename = %s', ["a"]) == [
        ("id", "bigint"),
        ("name", "character varying(7)"),
    ]


def test_varchar_is_told_to_clients_as_varchar(sql: Sql) -> None:
    sql("CREATE TABLE a (name VARCHAR(7))")
    with sql.connection.cursor() as cursor:
        cursor.execute("SELECT name FROM a")
        assert cursor.description is not None
        assert cursor.description[0].type_code == 1043


def test_a_named_cursor_fetches_in_parts(transaction: Sql) -> None:
    transaction("CREATE TABLE a (id INTEGER)")
    transaction("INSERT INTO a VALUES (1), (2), (3)")
    with transaction.connection.cursor("parts") as cursor:
        cursor.itersize = 2
        cursor.execute("SELECT id FROM a ORDER BY id")
        assert list(cursor) == [(1,), (2,), (3,)]


def test_many_rows_are_inserted_at_once(connect: Connect) -> None:
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE a (id INTEGER, name VARCHAR(20), x DOUBLE PRECISION)")
        rows = [(i, f"it's {i}", None if i % 2 else i / 3) for i in range(5000)]
        psycopg2.extras.execute_values(cursor, "INSERT INTO a VALUES %s", rows, page_size=1000)
        cursor.execute("SELECT COUNT(*), COUNT(x), SUM(id) FROM a")
        assert cursor.fetchone() == (5000, 2500, 12497500)
