"""`sparkify query` on PostgreSQL runs one statement, which may change nothing."""

from contextlib import closing

import psycopg2
import pytest

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.warehouse.postgres import PostgresWarehouse
from sparkify_dagster_tests.engines import PostgresServer, server_folder
from sparkify_dagster_tests.hostile.statements import POSTGRES, SECRET

OWNER, READER = "hostile_owner", "hostile_reader"


class Database:
    """A database with an owner and a reader, and a file of the server's with a secret."""

    def __init__(self, server: PostgresServer) -> None:
        server.run(f"CREATE ROLE {OWNER} LOGIN", f"CREATE ROLE {READER} LOGIN")
        self.administrator = server.new_database(f"OWNER {OWNER}")
        self.name = self.administrator.split("/")[3].split("?", maxsplit=1)[0]
        self.owner = self.administrator.replace("//postgres@", f"//{OWNER}@")
        self.reader = self.administrator.replace("//postgres@", f"//{READER}@")
        self.folder = server.socket
        (self.folder / "secret.txt").write_text(SECRET)
        self.run(
            self.owner,
            "CREATE TABLE users (user_id INT)",
            "INSERT INTO users VALUES (1)",
            "CREATE SEQUENCE numbers",
            "CREATE FUNCTION deleting() RETURNS BIGINT LANGUAGE sql AS "
            "'WITH gone AS (DELETE FROM users RETURNING 1) SELECT COUNT(*) FROM gone'",
            "CREATE PROCEDURE made() LANGUAGE plpgsql AS "
            "$$ BEGIN DELETE FROM users; COMMIT; END $$",
            f"GRANT USAGE ON SCHEMA public TO {READER}",
            f"GRANT SELECT ON users TO {READER}",
        )

    def run(self, url: str, *statements: str) -> None:
        with closing(psycopg2.connect(url)) as connection:
            connection.autocommit = True
            for statement in statements:
                connection.cursor().execute(statement)

    def state(self) -> tuple[object, ...]:
        """Give what a trick might have changed."""
        with closing(psycopg2.connect(self.administrator)) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT ARRAY_AGG(user_id) FROM users")
            rows = cursor.fetchall()
            cursor.execute(
                "SELECT (SELECT COUNT(*) FROM pg_class WHERE relpersistence <> 't'), "
                "(SELECT COUNT(*) FROM pg_largeobject_metadata), (SELECT COUNT(*) FROM pg_proc), "
                "(SELECT COUNT(*) FROM pg_replication_slots), "
                "(SELECT relacl::text FROM pg_class WHERE relname = 'users'), "
                "(SELECT last_value || is_called::text FROM numbers)"
            )
            return *rows, *cursor.fetchall(), (self.folder / "made").exists()


@pytest.fixture(scope="module")
def database(postgres_server: PostgresServer) -> Database:
    return Database(postgres_server)


def as_reader(database: Database) -> PostgresWarehouse:
    return PostgresWarehouse(database.owner, database.reader)


def as_owner(database: Database) -> PostgresWarehouse:
    return PostgresWarehouse(database.owner)


@pytest.mark.parametrize("login", [as_reader, as_owner])
@pytest.mark.parametrize("trick", POSTGRES)
def test_a_trick_changes_nothing(database: Database, trick: str, login: object) -> None:
    """Found by trying: SET TRANSACTION READ WRITE; DELETE deleted, and so did COMMIT; DELETE."""
    before = database.state()
    for mark, text in {
        "{folder}": database.folder,
        "{secret}": database.folder / "secret.txt",
        "{database}": database.name,
    }.items():
        trick = trick.replace(mark, str(text))
    warehouse = as_reader(database) if login is as_reader else as_owner(database)
    try:
        answered = str(warehouse.read(trick).rows)
    except WarehouseError as error:
        answered = str(error)
    assert SECRET not in answered
    assert database.state() == before


# A name of a setting, a snapshot and the like change nothing, and are answered.
HARMLESS = ("set_config", "pg_export_snapshot", "lo_create", "lo_from_bytea")


@pytest.mark.parametrize("trick", [t for t in POSTGRES if not any(word in t for word in HARMLESS)])
def test_a_trick_is_refused(database: Database, trick: str) -> None:
    with pytest.raises(WarehouseError):
        as_reader(database).read(trick)


@pytest.mark.parametrize("login", [as_reader, as_owner])
def test_what_reads_is_answered(database: Database, login: object) -> None:
    warehouse = as_reader(database) if login is as_reader else as_owner(database)
    assert warehouse.read(
        "SELECT a.user_id, '100%' FROM users a JOIN users b USING (user_id);"
    ).rows
    assert warehouse.read("WITH a AS (VALUES (1, 'a;b')) SELECT * FROM a").rows == [(1, "a;b")]
    assert warehouse.read("TABLE users").columns == ("user_id",)
    assert warehouse.read("EXPLAIN SELECT * FROM users").rows
    assert warehouse.read("SHOW work_mem").rows == [("64MB",)]
    zone = "SELECT TIMESTAMP '2018-11-01 00:00' AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York'"
    assert warehouse.read(f"{zone} -- a comment; and more").rows[0][0].hour == 20
    big = "SELECT COUNT(DISTINCT n) FROM GENERATE_SERIES(1, 1000000) AS t (n)"
    assert warehouse.read(big).rows == [(1_000_000,)]  # sorted on disk


def test_two_statements_are_named_as_such(database: Database) -> None:
    with pytest.raises(WarehouseError, match="multi-query"):
        as_reader(database).read("SELECT 1; SELECT 2")


@pytest.mark.parametrize("role", ["SUPERUSER", "IN ROLE pg_read_server_files"])
def test_a_login_that_may_do_more_than_read_is_refused(
    postgres_server: PostgresServer, database: Database, role: str
) -> None:
    """A superuser's COPY … TO PROGRAM and pg_read_file() need no writable transaction."""
    name = f"mighty_{'super' if role == 'SUPERUSER' else 'files'}"
    postgres_server.run(f"CREATE ROLE {name} LOGIN {role}")
    url = database.owner.replace(OWNER, name)
    for warehouse in (PostgresWarehouse(url), PostgresWarehouse(database.owner, url)):
        with pytest.raises(WarehouseError, match="name a login that may only read in SPARKIFY_R"):
            warehouse.read("SELECT 1")


def test_the_embedded_server_has_a_login_of_its_own_for_readers() -> None:
    with server_folder() as folder:
        warehouse = PostgresWarehouse(f"postgresql+embedded://{folder}")
        warehouse.transact(lambda tx: tx.execute("CREATE TABLE users (user_id INTEGER)"))
        assert warehouse.read("SELECT SESSION_USER, COUNT(*) FROM users").rows == [
            ("sparkify_reader", 0)
        ]
        for trick in POSTGRES:
            if not any(word in trick for word in HARMLESS):
                with pytest.raises(WarehouseError):
                    warehouse.read(trick)
        assert warehouse.existing_tables() == {"users"}
