"""SPARKIFY_SCHEMA: the schema that holds all tables, for loads, reads and the reader's login."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import duckdb
import pytest

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.loading import schema
from sparkify_dagster.models import contract
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Transaction, Warehouse, open_warehouse
from sparkify_dagster_tests.engines import PostgresServer
from sparkify_dagster_tests.lake.reading import event, song, write
from sparkify_dagster_tests.loading.driver import content, load, rest

InSchema = Callable[[str], Warehouse]
NAMES = ("marts", "select", "warehouse", "a")  # one is a reserved word, one the file's alias


@pytest.fixture(params=["duckdb", "postgres"])
def in_schema(request: pytest.FixtureRequest, tmp_path: Path) -> InSchema:
    """Give a way to open one database by any schema."""
    if request.param == "duckdb":
        url = f"duckdb:///{tmp_path}/a.duckdb"
    else:
        url = request.getfixturevalue("postgres_server").new_database()
    return lambda name: open_warehouse(Settings(warehouse=url, schema=name))


def _line(record: dict[str, object]) -> bytes:
    return json.dumps(record).encode() + b"\n"


def source(folder: Path, user: int) -> Path:
    write(folder, "log_data/2018/11/a.json", _line(event(userId=str(user))))
    write(folder, "song_data/A/a.json", _line(song()))
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_all_tables_are_in_the_schema_and_none_elsewhere(in_schema: InSchema, name: str) -> None:
    schema.ensure_tables(in_schema(name))
    assert in_schema(name).existing_tables() == contract.tables().keys()
    assert in_schema("").existing_tables() == set()
    assert in_schema("other").existing_tables() == set()
    assert f"schema {name}" in in_schema(name).location


def test_two_schemas_of_one_database_are_two_warehouses(
    in_schema: InSchema, tmp_path: Path
) -> None:
    first, second = in_schema("marts"), in_schema("")
    load(first, source(tmp_path / "first", 1))
    before = content(first)
    load(second, source(tmp_path / "second", 2))  # another source, which one warehouse refuses
    assert content(first) == before
    assert [row[0] for row in content(second)["users"]] == [2]
    assert not rest(first)
    schema.drop_tables(second)
    assert content(first) == before
    assert second.existing_tables() == set()


def test_a_second_load_finds_the_schema(in_schema: InSchema, tmp_path: Path) -> None:
    for user in (1, 2):
        load(in_schema("marts"), source(tmp_path / "s", user))
        assert [row[0] for row in content(in_schema("marts"))["users"]] == [user]


def test_a_missing_schema_is_named_and_not_replaced_by_another(
    in_schema: InSchema, tmp_path: Path
) -> None:
    load(in_schema(""), source(tmp_path / "s", 1))
    mistyped = in_schema("mart")
    assert not mistyped.exists()
    with pytest.raises(WarehouseError):
        mistyped.read("SELECT * FROM users")


def test_duckdb_reads_the_schema_whatever_the_file_is_called(tmp_path: Path) -> None:
    settings = Settings(warehouse=f"duckdb:///{tmp_path}/marts.duckdb", schema="marts")
    warehouse = open_warehouse(settings)
    load(warehouse, source(tmp_path / "s", 1))
    assert warehouse.read("SELECT user_id FROM users").rows == [(1,)]
    with duckdb.connect(tmp_path / "marts.duckdb", read_only=True) as connection:
        assert connection.execute('SELECT user_id FROM "marts"."marts".users').fetchall() == [(1,)]


def test_a_reader_reads_the_schema(postgres_server: PostgresServer, tmp_path: Path) -> None:
    postgres_server.run(
        "DROP ROLE IF EXISTS schema_reader",
        "CREATE ROLE schema_reader LOGIN IN ROLE pg_read_all_data",
    )
    url = postgres_server.new_database()
    reader = url.replace("postgres@", "schema_reader@")
    warehouse = open_warehouse(Settings(warehouse=url, reader=reader, schema="marts"))
    load(warehouse, source(tmp_path / "s", 1))
    assert warehouse.read("SELECT SESSION_USER, user_id FROM users").rows == [("schema_reader", 1)]


def test_readers_of_a_group_may_use_the_schema(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    postgres_server.run(
        "DROP ROLE IF EXISTS sparkify_readers",
        "CREATE ROLE sparkify_readers",
        "DROP ROLE IF EXISTS member",
        "CREATE ROLE member LOGIN IN ROLE sparkify_readers",
    )
    url = postgres_server.new_database()
    reader = url.replace("postgres@", "member@")
    warehouse = open_warehouse(Settings(warehouse=url, reader=reader, schema="marts"))
    try:
        load(warehouse, source(tmp_path / "s", 1))
        assert warehouse.read("SELECT user_id FROM users").rows == [(1,)]
        with pytest.raises(WarehouseError, match="permission denied"):
            warehouse.read("SELECT * FROM staging_events")
    finally:
        dropping = "DROP OWNED BY sparkify_readers"
        warehouse.transact(lambda tx: tx.execute_as_is(dropping))
        postgres_server.run("DROP ROLE member", "DROP ROLE sparkify_readers")


def test_the_owner_of_a_schema_needs_no_right_to_create_one(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    """CREATE SCHEMA IF NOT EXISTS is refused without that right, even if the schema is there."""
    postgres_server.run("DROP ROLE IF EXISTS loader", "CREATE ROLE loader LOGIN")
    url = postgres_server.new_database()
    administrator = open_warehouse(Settings(warehouse=url))
    making = "CREATE SCHEMA marts AUTHORIZATION loader"
    administrator.transact(lambda tx: tx.execute_as_is(making))
    owner = open_warehouse(Settings(warehouse=url.replace("postgres@", "loader@"), schema="marts"))
    load(owner, source(tmp_path / "s", 1))
    assert owner.existing_tables() == contract.tables().keys()


def test_loads_of_two_schemas_do_not_wait_for_each_other(postgres_server: PostgresServer) -> None:
    url = postgres_server.new_database()
    first, second, again = (
        open_warehouse(Settings(warehouse=url, schema=name)) for name in ("one", "two", "one")
    )
    entered, leaving, entered_again = Event(), Event(), Event()

    def hold(_tx: Transaction) -> None:
        entered.set()
        assert leaving.wait(30)

    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(first.transact, hold, exclusive=True)
        assert entered.wait(30)
        second.transact(lambda _tx: None, exclusive=True)
        waiting = pool.submit(again.transact, lambda _tx: entered_again.set(), exclusive=True)
        assert not entered_again.wait(0.3)
        leaving.set()
        holding.result(30)
        waiting.result(30)
