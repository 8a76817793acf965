"""What Redshift does not take, the stand-in does not take either."""

from collections.abc import Iterator

import psycopg2
import pytest

from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.redshift_stand_in_tests.conftest import Sql


@pytest.fixture(scope="module")
def refusing(postgres: str, moto_url: str) -> Iterator[Sql]:
    """Share one stand-in: a refused statement leaves nothing behind."""
    with RedshiftStandIn(postgres=postgres, s3_endpoint=moto_url, password="x") as redshift:
        connection = psycopg2.connect(
            host=redshift.host,
            port=redshift.port,
            dbname=redshift.database,
            user=redshift.user,
            password="x",
            sslmode="require",
        )
        connection.autocommit = True
        make_tables(Sql(connection))
        yield Sql(connection)
        connection.close()


@pytest.fixture
def tables(sql: Sql) -> None:
    make_tables(sql)


def make_tables(sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER, name VARCHAR(20), at TIMESTAMP)")
    sql("CREATE TABLE b (id INTEGER, name VARCHAR(20), at TIMESTAMP)")


_MERGE = "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED"
_INSERT = "WHEN NOT MATCHED THEN INSERT (id) VALUES (b.id)"


REFUSED = [
    "INSERT INTO a (id) VALUES (1) ON CONFLICT DO NOTHING",
    "INSERT INTO a (id) VALUES (1) RETURNING id",
    "INSERT INTO a AS x (id) VALUES (1)",
    "SELECT DISTINCT ON (id) id, name FROM a",
    "SELECT COUNT(*) FILTER (WHERE id = 1) FROM a",
    "SELECT * FROM a, LATERAL (SELECT a.id) x",
    "SELECT * FROM a CROSS JOIN LATERAL (SELECT a.id) x",
    "SELECT id IS DISTINCT FROM 1 FROM a",
    "SELECT ARRAY[1, 2]",
    "SELECT (ARRAY[1, 2])[1]",
    "SELECT ARRAY(SELECT id FROM a)",
    "SELECT array_agg(id) FROM a",
    "SELECT string_agg(name, ',') FROM a",
    "SELECT * FROM generate_series(1, 10)",
    "INSERT INTO a (id) SELECT generate_series(1, 10)",
    "SELECT * FROM (VALUES (1), (2)) AS v (x)",
    "VALUES (1), (2)",
    "SELECT ROW(1, 2)",
    "SELECT '{}'::jsonb",
    "SELECT CAST('{}' AS json)",
    "SELECT CAST(name AS uuid) FROM a",
    "SELECT name -> 'a' FROM a",
    "SELECT name ->> 'a' FROM a",
    "SELECT * FROM a FOR UPDATE",
    "SELECT * FROM a TABLESAMPLE SYSTEM (10)",
    "SELECT * FROM a FETCH FIRST 1 ROW ONLY",
    "SELECT SUM(id) OVER (ORDER BY id RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM a",
    "SELECT SUM(id) OVER (ORDER BY id) FROM a",
    "SELECT FIRST_VALUE(id) OVER (PARTITION BY name ORDER BY id) FROM a",
    "SELECT SUM(id) OVER w FROM a WINDOW w AS (PARTITION BY name)",
    "SELECT id FROM a QUALIFY ROW_NUMBER() OVER (ORDER BY id) = 1",
    "SELECT COUNT(DISTINCT id) OVER (PARTITION BY name) FROM a",
    "WITH x AS MATERIALIZED (SELECT 1 AS y) SELECT y FROM x",
    "SELECT NOW() FROM a",
    "INSERT INTO a (at) SELECT CURRENT_TIMESTAMP FROM b",
    "SELECT clock_timestamp()",
    "SELECT gen_random_uuid()",
    "SELECT to_jsonb(a) FROM a",
    "SELECT encode('a', 'hex')",
    "SELECT format('%s', 1)",
    "SELECT pg_advisory_lock(1)",
    "SELECT E'a'",
    "SELECT $$a$$",
    "UPDATE a SET (id, name) = (1, 'x')",
    "DELETE FROM a AS x WHERE x.id = 1",
    "DELETE FROM a x USING b WHERE x.id = b.id",
    f"{_MERGE} AND a.name = 'x' THEN DELETE {_INSERT}",
    f"{_MERGE} THEN UPDATE SET name = b.name",
    f"MERGE INTO a USING b ON a.id = b.id {_INSERT}",
    f"{_MERGE} THEN DELETE WHEN MATCHED THEN UPDATE SET name = 'x' {_INSERT}",
    f"{_MERGE} THEN DO NOTHING {_INSERT}",
    f"MERGE INTO a AS t USING b ON t.id = b.id WHEN MATCHED THEN DELETE {_INSERT}",
    f"MERGE INTO a t USING b ON t.id = b.id WHEN MATCHED THEN DELETE {_INSERT}",
    (
        "MERGE INTO a USING (SELECT * FROM b) s ON a.id = s.id WHEN MATCHED THEN DELETE "
        "WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)"
    ),
    (
        "MERGE INTO a USING a ON a.id = a.id WHEN MATCHED THEN DELETE "
        "WHEN NOT MATCHED THEN INSERT (id) VALUES (1)"
    ),
    "CREATE INDEX i ON a (id)",
    "CREATE UNIQUE INDEX i ON a (id)",
    "CREATE SEQUENCE s",
    "CREATE TRIGGER t",
    "CREATE EXTENSION pgcrypto",
    "CREATE TYPE mood AS ENUM ('a')",
    "CREATE UNLOGGED TABLE c (id INTEGER)",
    "CREATE TABLE c (id SERIAL)",
    "CREATE TABLE c (id UUID)",
    "CREATE TABLE c (id JSONB)",
    "CREATE TABLE c (id INTEGER[])",
    "CREATE TABLE c (id BYTEA)",
    "CREATE TABLE c (id INTEGER CHECK (id > 0))",
    "CREATE TABLE c (id INTEGER) INHERITS (a)",
    "CREATE TABLE c (id INTEGER) PARTITION BY RANGE (id)",
    "CREATE TABLE c (id INTEGER) WITH (fillfactor = 50)",
    "CREATE TABLE c (id INTEGER ENCODE gzip)",
    "CREATE TABLE c (name VARCHAR(65536))",
    "CREATE TABLE c (name CHAR(4097))",
    "CREATE TABLE c (id INTEGER, EXCLUDE (id WITH =))",
    "SELECT * FROM LISTAGG(1) WITH ORDINALITY",
    "CREATE TABLE c (id INTEGER GENERATED ALWAYS AS (1) STORED)",
    "ALTER TABLE a ADD COLUMN IF NOT EXISTS x INTEGER",
    "ALTER TABLE a ADD COLUMN x INTEGER, ADD COLUMN y INTEGER",
    "TRUNCATE a, b",
    "TRUNCATE a CASCADE",
    "LOCK TABLE a IN SHARE MODE",
    "SAVEPOINT x",
    "EXPLAIN ANALYZE SELECT 1",
    "EXPLAIN (FORMAT JSON) SELECT 1",
    "DO 'BEGIN END'",
    "LISTEN x",
    "SET work_mem TO '1GB'",
    "SHOW work_mem",
    "COPY a FROM STDIN",
    "SELEC 1",
    "SELECT 1 +",
    "SELECT (1",
    "SELECT 1 FROM a WHERE ORDER BY 1",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_what_redshift_lacks_is_refused(refusing: Sql, statement: str) -> None:
    with pytest.raises(psycopg2.Error) as raised:
        refusing(statement)
    assert raised.value.pgcode in {"0A000", "42601", "42704", "42883", "22023"}


@pytest.mark.parametrize(
    ("statement", "code", "words"),
    [
        ("INSERT INTO a (id) VALUES (1) ON CONFLICT DO NOTHING", "0A000", "ON CONFLICT"),
        ("SELECT string_agg(name, ',') FROM a", "42883", "function string_agg"),
        ("SELECT LISTAGG(name, ',') FROM a", "0A000", "stand-in does not imitate"),
        ("CREATE TABLE c (id UUID)", "42704", 'type "uuid"'),
        ("UNLOAD ('SELECT 1') TO 's3://a/b'", "0A000", "does not imitate UNLOAD"),
        ("SELECT * FROM nothing", "42P01", 'relation "nothing" does not exist'),
    ],
)
def test_a_refusal_names_the_construct(
    refusing: Sql, statement: str, code: str, words: str
) -> None:
    with pytest.raises(psycopg2.Error, match=words) as raised:
        refusing(statement)
    assert raised.value.pgcode == code


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT id, name FROM a AS x QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY name) = 1",
        "SELECT SUM(id) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM a",
        "SELECT SUM(id) OVER (PARTITION BY name) FROM a",
        "SELECT LAG(id) OVER (PARTITION BY name ORDER BY id) FROM a",
        "SELECT a.id FROM a LEFT JOIN b ON a.id = b.id WHERE b.id IS NULL",
        "SELECT id FROM a MINUS SELECT id FROM b",
        "SELECT id FROM a WHERE id IN (SELECT id FROM b) AND name ILIKE 'x%' LIMIT 5",
        "SELECT 1 FROM a GROUP BY name HAVING COUNT(*) > 1 ORDER BY 1 NULLS FIRST",
        "WITH x AS (SELECT id FROM a), y AS (SELECT id FROM x) SELECT * FROM x JOIN y USING (id)",
        "INSERT INTO a WITH x AS (SELECT * FROM b) SELECT * FROM x",
        "INSERT INTO a (id, name) VALUES (1, 'x'), (-2, NULL), (DEFAULT, 'z')",
        "INSERT INTO a (SELECT * FROM b)",
        "UPDATE a SET name = b.name FROM b WHERE a.id = b.id",
        "DELETE FROM a USING b WHERE a.id = b.id",
        "DELETE a WHERE id = 1",
        f"{_MERGE} THEN UPDATE SET name = b.name {_INSERT}",
        f"{_MERGE} THEN DELETE {_INSERT}",
        (
            "MERGE INTO a USING b AS s ON a.id = s.id WHEN MATCHED THEN DELETE "
            "WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.name, s.at)"
        ),
        "CREATE VIEW v AS SELECT id FROM a WITH NO SCHEMA BINDING",
        "CREATE OR REPLACE VIEW v AS SELECT id FROM a",
        "CREATE SCHEMA IF NOT EXISTS audit",
        "CREATE TABLE IF NOT EXISTS a (id INTEGER)",
        "CREATE TABLE c (LIKE a INCLUDING DEFAULTS)",
        "CREATE TABLE c DISTSTYLE ALL SORTKEY (id) AS SELECT id FROM a",
        "CREATE TEMP TABLE c AS SELECT id, name FROM a",
        "CREATE TABLE c (id INTEGER) BACKUP NO DISTSTYLE KEY DISTKEY (id) COMPOUND SORTKEY (id)",
        "CREATE TABLE time (start_time TIMESTAMP NOT NULL PRIMARY KEY SORTKEY, hour SMALLINT)",
        "ALTER TABLE a ADD COLUMN x VARCHAR(10) DEFAULT 'y'",
        "ALTER TABLE a ALTER COLUMN name TYPE VARCHAR(30)",
        "ALTER TABLE a RENAME TO c",
        "ALTER TABLE a ALTER DISTSTYLE ALL",
        "ALTER TABLE a ADD PRIMARY KEY (id)",
        "DROP TABLE IF EXISTS a, b CASCADE",
        "COMMENT ON TABLE a IS 'things'",
        "COMMENT ON COLUMN a.id IS NULL",
        "SET query_group TO 'run'",
        "SET statement_timeout = 1000",
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "RESET query_group",
        "ANALYZE a PREDICATE COLUMNS",
        "VACUUM FULL a TO 99 PERCENT",
        "EXPLAIN SELECT id FROM a",
        "LOCK a, b",
        "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY; SELECT 1; END",
        "START TRANSACTION; ROLLBACK",
        "SELECT 1 -- comment with 'quote'\n /* and ; more */ ; ",
    ],
)
@pytest.mark.usefixtures("tables")
def test_what_redshift_has_is_accepted(sql: Sql, statement: str) -> None:
    sql(statement)


@pytest.mark.usefixtures("tables")
def test_a_refusal_fails_the_transaction(transaction: Sql) -> None:
    with pytest.raises(psycopg2.errors.FeatureNotSupported):
        transaction("SELECT DISTINCT ON (id) id FROM a")
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        transaction("SELECT 1")
