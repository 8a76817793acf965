"""PostgreSQL: what goes in comes out, who waits for whom, and what is tried again."""

import random
import struct
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg2
import pytest

from sparkify_dagster.errors import SettingsError, WarehouseError
from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import schema, staging
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster.warehouse import retries
from sparkify_dagster.warehouse.base import Row, Transaction
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse
from sparkify_dagster.warehouse.postgres import PostgresWarehouse
from sparkify_dagster_tests.engines import PostgresServer, running_server
from sparkify_dagster_tests.loading.driver import check, content, count, load, write_lines

ODD_TEXTS = [
    "plain",
    "tab\there",
    "line\nbreak",
    "carriage\rreturn",
    "both\r\n",
    '"quoted"',
    "comma, comma",
    "back\\slash",
    "\\N",
    "\\.",
    "\\.\n",
    "NULL",
    " blanks ",
    "é ü ß 漢字 🎵 \u200b \ufeff \u0085 \x7f",
    "'; DROP TABLE users; --",
    "100 % %s %(name)s",
]


@pytest.fixture
def url(postgres_server: PostgresServer) -> str:
    return postgres_server.new_database()


@pytest.fixture
def postgres(url: str) -> Iterator[PostgresWarehouse]:
    warehouse = PostgresWarehouse(url)
    with warehouse.session():
        yield warehouse


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "_FIRST_WAIT_SECONDS", 0.02)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    simulate(Simulation(months=2, events_per_month=300, users=15, songs=30), folder)
    return folder


def odd_doubles() -> list[float]:
    """Give doubles of all magnitudes, by their bits."""
    rng = random.Random(3)
    bits = (struct.pack("<Q", rng.getrandbits(64)) for _ in range(500))
    values = [float(struct.unpack("<d", some)[0]) for some in bits]
    return [0.1, 1e308, 5e-324, *(v for v in values if v == v and abs(v) < 1e308)]  # noqa: PLR0124


def test_rows_that_are_inserted_come_out_exactly(postgres: PostgresWarehouse) -> None:
    types = ["VARCHAR(1024)", "DOUBLE PRECISION", "TIMESTAMP", "BIGINT"]
    moment = datetime(2018, 11, 1, 23, 59, 59, 999_000)  # noqa: DTZ001
    rows: list[Row] = [(text, None, moment, n) for n, text in enumerate(ODD_TEXTS)]
    rows += [(None, number, None, -(2**63)) for number in odd_doubles()]
    rows.append(("", None, None, 0))

    def work(tx: Transaction) -> list[Row]:
        tx.execute(
            "CREATE TEMP TABLE odd (t VARCHAR(1024), d DOUBLE PRECISION, m TIMESTAMP, n BIGINT)"
        )
        assert tx.insert_into("odd", types, iter(rows)) == len(rows)
        return tx.query("SELECT t, d, m, n FROM odd")

    assert sorted(postgres.transact(work), key=repr) == sorted(rows, key=repr)


@pytest.mark.parametrize("spoilt", [False, True], ids=["fast way", "record by record"])
def test_records_that_are_staged_come_out_exactly(
    postgres: PostgresWarehouse, tmp_path: Path, spoilt: bool
) -> None:
    usual = {"ts": 1541106106796, "page": "NextSong", "sessionId": 1}
    events = [usual | {"itemInSession": n, "song": text} for n, text in enumerate(ODD_TEXTS)] + [
        usual | {"itemInSession": 1000 + n, "length": d} for n, d in enumerate(odd_doubles())
    ]
    path = write_lines(tmp_path / "log_data/2018/11/odd.json", events)
    if spoilt:
        path.write_text(path.read_text() + "no JSON\n")
    schema.ensure_tables(postgres)
    staging.stage_month(postgres, open_source(str(tmp_path)), "2018-11", 100)
    query = "SELECT item_in_session, song, length FROM staging_events ORDER BY 1"
    found = postgres.transact(lambda tx: tx.query(query))
    assert found == [(e["itemInSession"], e.get("song"), e.get("length")) for e in events]


def test_a_row_that_cannot_be_made_fails_with_its_own_error(postgres: PostgresWarehouse) -> None:
    """Found a bug: psycopg2 reported a cancelled COPY, and the limit of rejects was not named."""

    def rows() -> Iterator[list[object]]:
        yield [1]
        raise ValueError("a bad row")

    def work(tx: Transaction) -> None:
        tx.execute("CREATE TEMP TABLE numbers (n INTEGER)")
        tx.insert_into("numbers", ["INTEGER"], rows())

    with pytest.raises(ValueError, match="a bad row"):
        postgres.transact(work)


def test_a_database_of_any_collation_gives_the_same_tables(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    collation = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LC_COLLATE 'C' LC_CTYPE 'C'"
    try:
        other = PostgresWarehouse(postgres_server.new_database(collation))
    except psycopg2.Error:
        other = PostgresWarehouse(postgres_server.new_database("LC_COLLATE 'C.UTF-8'"))
    duckdb = DuckDBWarehouse(f"duckdb:///{tmp_path}/w.duckdb")
    write_lines(
        tmp_path / "source/song_data/A/A/A/names.json",
        [
            {"song_id": f"S{n}", "title": "T", "artist_id": "A", "artist_name": name}
            for n, name in enumerate(["ab", "AB", "a-", "Ab", "_b"])
        ],
    )
    for warehouse in (other, duckdb):
        load(warehouse, tmp_path / "source")
    assert content(other) == content(duckdb)
    assert other.transact(lambda tx: tx.query("SELECT name FROM artists")) == [("AB",)]


@pytest.mark.parametrize("version", [16])
def test_an_older_server_gives_the_same_tables(
    version: int, postgres: PostgresWarehouse, source: Path
) -> None:
    load(postgres, source)
    with running_server(version) as server:
        older = PostgresWarehouse(server.new_database())
        load(older, source)
        assert check(older) == []
        assert content(older) == content(postgres)


def test_tables_lie_in_the_first_schema_of_the_search_path(url: str, source: Path) -> None:
    PostgresWarehouse(url).transact(lambda tx: tx.execute("CREATE SCHEMA mine"))
    warehouse = PostgresWarehouse(f"{url}&options=-csearch_path%3Dmine,public")
    load(warehouse, source)
    assert check(warehouse) == []
    assert PostgresWarehouse(url).existing_tables() == set()
    assert "search_path=mine" in warehouse.location


def test_months_are_staged_at_once_and_the_source_is_claimed_once(
    postgres: PostgresWarehouse, source: Path
) -> None:
    """Found a bug: two first loads at once each noted the source."""
    schema.ensure_tables(postgres)
    opened, months = open_source(str(source)), ["2018-11", "2018-12"]
    both_are_in = threading.Barrier(2, timeout=20)
    staged: list[int] = []

    class Meeting(type(opened)):  # type: ignore[misc]
        def list_month(self, log_month: str) -> object:
            found = super().list_month(log_month)
            both_are_in.wait()
            return found

    def stage(month: str) -> None:
        meeting = Meeting(str(source))
        staged.append(staging.stage_month(postgres, meeting, month, 100).rows)

    in_parallel(*(lambda month=month: stage(month) for month in months))
    assert sum(staged) == count(postgres, "staging_events") > 0
    assert count(postgres, "warehouse_state", "name = 'source'") == 1


def in_parallel(*works: object) -> None:
    """Run some pieces of work at once; raises the first error."""
    errors: list[BaseException] = []

    def guarded(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - given to the test below
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_one_load_writes_at_a_time_and_readers_wait_for_none(url: str) -> None:
    schema.ensure_tables(PostgresWarehouse(url))
    assert waits(url, exclusive=True)
    assert not waits(url, exclusive=False)


def test_warehouses_in_two_schemas_do_not_wait_for_each_other(url: str) -> None:
    assert not waits(url, exclusive=True, schema="other")


def waits(url: str, *, exclusive: bool, schema: str = "") -> bool:
    """Return whether a transaction waits, and then gives up, while another one writes."""

    def try_second(_: Transaction) -> bool:
        second = PostgresWarehouse(url, schema=schema, lock_wait_seconds=0.2)
        try:
            second.transact(lambda tx: tx.value("SELECT 1"), exclusive=exclusive)
        except WarehouseError as error:
            return "another load has been writing" in str(error) and "process " in str(error)
        return False

    return PostgresWarehouse(url).transact(try_second, exclusive=True)


def test_processes_that_make_the_tables_at_once_make_them_once(url: str) -> None:
    made: list[list[str]] = []
    warehouses = [PostgresWarehouse(url) for _ in range(4)]
    in_parallel(*(lambda w=w: made.append(schema.ensure_tables(w)) for w in warehouses))
    assert sorted(map(len, made))[:3] == [0, 0, 0]
    assert "songplays" in warehouses[0].existing_tables()


def kill_own_backend(tx: Transaction) -> None:
    """End the server's side of a transaction's connection."""
    tx.query("SELECT pg_terminate_backend(pg_backend_pid())")


def test_a_transaction_whose_connection_drops_is_made_again_from_its_beginning(
    postgres: PostgresWarehouse,
) -> None:
    goes: list[int] = []

    def work(tx: Transaction) -> int:
        goes.append(1)
        tx.execute("CREATE TABLE numbers (n INTEGER)")
        if len(goes) < 3:
            kill_own_backend(tx)
        return tx.count("numbers")

    assert postgres.transact(work) == 0
    assert len(goes) == 3


def test_a_connection_that_drops_between_transactions_is_replaced(
    postgres: PostgresWarehouse, postgres_server: PostgresServer
) -> None:
    [(backend,)] = postgres.transact(lambda tx: tx.query("SELECT pg_backend_pid()"))
    postgres_server.run(f"SELECT pg_terminate_backend({backend})")
    assert postgres.transact(lambda tx: tx.value("SELECT 1")) == 1


def test_a_connection_that_keeps_dropping_is_given_up_after_five_goes(
    postgres: PostgresWarehouse,
) -> None:
    goes: list[int] = []

    def work(tx: Transaction) -> None:
        goes.append(1)
        kill_own_backend(tx)

    with pytest.raises(WarehouseError, match="terminat") as caught:
        postgres.transact(work)
    assert len(goes) == retries.TRIES
    assert isinstance(caught.value.__cause__, psycopg2.Error)


def test_of_two_transactions_in_a_deadlock_both_end_well(postgres: PostgresWarehouse) -> None:
    postgres.transact(
        lambda tx: tx.execute(
            "CREATE TABLE pair (name VARCHAR(1), n INTEGER);"
            "INSERT INTO pair VALUES ('a', 0), ('b', 0)"
        )
    )
    met = threading.Barrier(2, timeout=20)

    def in_order(*names: str) -> None:
        first_go = [True]

        def work(tx: Transaction) -> None:
            for name in names:
                tx.execute("UPDATE pair SET n = n + 1 WHERE name = :name", name=name)
                if first_go.pop() if first_go else False:
                    met.wait()

        postgres.transact(work)

    in_parallel(lambda: in_order("a", "b"), lambda: in_order("b", "a"))
    assert postgres.transact(lambda tx: tx.query("SELECT n FROM pair")) == [(2,), (2,)]


def test_an_error_of_the_statement_is_told_at_once_with_its_cause(
    postgres: PostgresWarehouse,
) -> None:
    goes: list[int] = []

    def work(tx: Transaction) -> None:
        goes.append(1)
        tx.query("SELECT nothing FROM nowhere")

    with pytest.raises(WarehouseError, match='"nowhere" does not exist') as caught:
        postgres.transact(work)
    assert len(goes) == 1
    assert isinstance(caught.value.__cause__, psycopg2.Error)


def test_a_failed_transaction_leaves_nothing_and_the_next_one_works(
    postgres: PostgresWarehouse,
) -> None:
    def work(tx: Transaction) -> None:
        tx.execute("CREATE TABLE numbers (n INTEGER)")
        raise LookupError

    with pytest.raises(LookupError):
        postgres.transact(work)
    assert postgres.existing_tables() == set()


def test_nothing_is_held_open_outside_a_session(url: str, postgres_server: PostgresServer) -> None:
    warehouse = PostgresWarehouse(url)
    with warehouse.session():
        in_parallel(*(warehouse.existing_tables for _ in range(3)))
    database = url.split("/")[3].split("?", maxsplit=1)[0]
    query = f"SELECT COUNT(*) FROM pg_stat_activity WHERE datname = '{database}'"
    observer = PostgresWarehouse(postgres_server.url("postgres"))
    deadline = time.monotonic() + 10  # a server's process ends a moment after its connection
    while observer.transact(lambda tx: tx.value(query)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert observer.transact(lambda tx: tx.value(query)) == 0


def test_connections_are_named_and_keep_what_the_url_chooses(url: str) -> None:
    def settings(warehouse: PostgresWarehouse) -> tuple[object, ...]:
        names = (
            "application_name",
            "work_mem",
            "enable_nestloop",
            "jit",
        )
        query = "SELECT " + ", ".join(f"CURRENT_SETTING('{name}')" for name in names)
        return warehouse.transact(lambda tx: tx.query(query))[0]

    assert settings(PostgresWarehouse(url)) == ("sparkify", "64MB", "off", "off")
    chosen = f"{url}&application_name=mine&options=-cwork_mem%3D9MB"
    assert settings(PostgresWarehouse(chosen)) == ("mine", "9MB", "off", "off")


def test_a_database_in_another_encoding_is_refused(postgres_server: PostgresServer) -> None:
    name = "in_latin1"
    postgres_server.run(
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    with pytest.raises(WarehouseError, match="encoding LATIN1: make one with CREATE DATABASE"):
        PostgresWarehouse(postgres_server.url(name)).existing_tables()


SECRET = "planted-Zx81"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{SECRET}@127.0.0.1:1/db",
        f"postgresql://user@127.0.0.1:1/db?password={SECRET}",
        f"postgresql://user:{SECRET}%40%2F@127.0.0.1:1/db",
    ],
)
def test_no_password_is_shown_where_no_server_answers(url: str) -> None:
    warehouse = PostgresWarehouse(url)
    with pytest.raises(WarehouseError, match="Connection refused") as caught:
        warehouse.existing_tables()
    assert SECRET not in f"{caught.value} {caught.value.__cause__!r} {warehouse.location}"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:p@{SECRET}@127.0.0.1:1/db",
        f"postgresql://user:p/{SECRET}@127.0.0.1:1/db",
        f"postgresql://user:{SECRET}%zz@127.0.0.1:1/db",
        f"postgresql://user:pw@127.0.0.1:1/db?{SECRET}=1",
    ],
)
def test_a_url_that_libpq_would_misread_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(SettingsError, match="percent-encode") as caught:
        PostgresWarehouse(url).existing_tables()
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None
