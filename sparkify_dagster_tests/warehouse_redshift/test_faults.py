"""Whatever goes wrong, and wherever: the retry or a rerun ends in the same tables."""

import gzip
import logging
from collections.abc import Callable

import psycopg2
import pytest

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.lake.source import Source
from sparkify_dagster.loading import plan, schema, staging, tables
from sparkify_dagster.loading.publish import Publication
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.base import Transaction, Warehouse
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import Cloud, make_warehouse
from sparkify_dagster_tests.warehouse_redshift.life import (
    Content,
    as_lines,
    content,
    event,
    load,
    rejects,
    song,
)

pytestmark = pytest.mark.long

LOG = "log_data/2018/11/a.json"
SONGS = "song_data/A/songs.json"
MONTH = "2018-11"
Work = Callable[[Warehouse, Source], object]


def put_source(cloud: Cloud, turn: int = 0) -> None:
    """Write a source that differs each turn in its files, and not in what they hold."""
    unknown = {"turn": turn}
    events = [event(n) | unknown for n in range(1, 6)]
    cloud.put_events(LOG, *events[:3])
    zipped = as_lines(*events[3:], f'{{"broken": {turn}')
    cloud.put("log_data/2018/11/b.json.gz", gzip.compress(zipped.encode(), mtime=0))
    cloud.put(SONGS, as_lines(song(1) | unknown, song(2, title="B") | unknown, f"broken {turn}"))


def build(warehouse: Warehouse, name: str) -> list[Publication]:
    """Build the month of a table."""
    return list(tables.build(warehouse, name, [MONTH]))


WORK: dict[str, Work] = {
    "stage_month": lambda w, s: staging.stage_month(w, s, MONTH, 100),
    "stage_songs": lambda w, s: staging.stage_songs(w, s, 100),
    "artists": lambda w, _: build(w, "artists"),
    "songs": lambda w, _: build(w, "songs"),
    "users": lambda w, _: build(w, "users"),
    "time": lambda w, _: build(w, "time"),
    "songplays": lambda w, _: build(w, "songplays"),
    "checks": lambda w, _: tables.recheck(w, "songplays"),
    "plan": lambda w, s: plan.make_plan(w, s, MONTH),
}


def everything(warehouse: Warehouse) -> Content:
    """Read all tables without times and without what differs between two states of the source."""
    found = content(warehouse)

    def read(tx: Transaction) -> Content:
        return {
            table: tx.query(f"SELECT {columns} FROM {table} ORDER BY {columns}")
            for table, columns in _RECORDS.items()
        }

    return found | warehouse.transact(read)


_RECORDS = {
    "rejected_records": "file, line",
    "loaded_files": "file, log_month, rows_loaded, rows_rejected",
    "table_builds": "table_name, log_month, row_count",
}


@pytest.mark.parametrize("unit", WORK)
def test_a_connection_lost_at_any_statement_of_a_piece_of_work_changes_nothing_in_its_end(
    warehouse: RedshiftWarehouse,
    redshift: RedshiftStandIn,
    source: Source,
    cloud: Cloud,
    unit: str,
) -> None:
    """Lost after a statement is lost before the next, but for COMMIT: it is then found done."""
    put_source(cloud)
    load(warehouse, source)
    expected = everything(warehouse)
    statement, struck = 0, True
    while struck:
        statement += 1
        _make_work(warehouse, cloud, unit, statement)
        redshift.faults.drop_connection(statement)
        WORK[unit](warehouse, source)
        struck = redshift.faults.pending == 0
        redshift.faults.clear()
        assert everything(warehouse) == expected
    assert statement > 3  # it is more than BEGIN and COMMIT
    _make_work(warehouse, cloud, unit, statement + 1)
    redshift.faults.drop_connection("commit", "after")
    WORK[unit](warehouse, source)
    assert redshift.faults.pending == 0
    assert everything(warehouse) == expected
    load(warehouse, source)
    assert everything(warehouse) == expected


def _make_work(warehouse: Warehouse, cloud: Cloud, unit: str, turn: int) -> None:
    """Have a piece of work find the same to do each time."""
    if unit.startswith("stage"):
        put_source(cloud, turn)
    elif unit == "checks":
        warehouse.transact(lambda tx: tx.execute("UPDATE table_builds SET checked = NULL"))
    else:
        query = "UPDATE table_builds SET inputs = '' WHERE table_name = :name"
        warehouse.transact(lambda tx: tx.execute(query, name=unit))


FAULTS: dict[str, Callable[[RedshiftStandIn], None]] = {
    "dropped within COPY": lambda r: r.faults.drop_connection("copy", "within"),
    "1023 at COMMIT": lambda r: r.faults.raise_serialization("commit", times=3),
    "1023 at an insert": lambda r: r.faults.raise_serialization(r"INSERT INTO staging_events"),
    "a conflict": lambda r: r.faults.raise_conflict(r"INSERT INTO loaded_files", times=3),
    "a deadlock": lambda r: r.faults.raise_error(r"LOCK TABLE", "40P01", "deadlock detected"),
    "refused logins": lambda r: _cut_and_refuse(r, cut=False),
    "cut logins": lambda r: _cut_and_refuse(r, cut=True),
    "shut down": lambda r: r.faults.raise_error(
        "copy", "57P01", "terminating connection due to administrator command"
    ),
}


def _cut_and_refuse(redshift: RedshiftStandIn, *, cut: bool) -> None:
    redshift.faults.drop_connection("copy")
    redshift.faults.refuse_logins(2, cut=cut)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_passing_error_is_borne(
    warehouse: RedshiftWarehouse,
    redshift: RedshiftStandIn,
    source: Source,
    cloud: Cloud,
    fault: str,
) -> None:
    put_source(cloud)
    load(warehouse, source)
    expected = everything(warehouse)
    put_source(cloud, 1)
    FAULTS[fault](redshift)
    load(warehouse, source)
    assert redshift.faults.pending == 0
    assert everything(warehouse) == expected


def test_tables_made_by_a_commit_of_unknown_outcome_are_found_made(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn
) -> None:
    """They were looked for before the transaction: CREATE failed on the second go."""
    redshift.faults.drop_connection("commit", "after")
    schema.ensure_tables(warehouse)
    assert len(warehouse.existing_tables()) > 10
    redshift.faults.drop_connection("commit", "after")
    schema.drop_tables(warehouse)
    assert warehouse.existing_tables() == set()


def test_an_error_that_does_not_pass_is_told_at_once_and_nothing_is_done(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn, source: Source, cloud: Cloud
) -> None:
    put_source(cloud)
    load(warehouse, source)
    expected = everything(warehouse)
    put_source(cloud, 1)
    redshift.faults.raise_error("copy", "XX000", "disk full", times=2)
    with pytest.raises(WarehouseError, match="disk full") as raised:
        staging.stage_month(warehouse, source, MONTH, 100)
    assert isinstance(raised.value.__cause__, psycopg2.Error)
    assert redshift.faults.pending == 1
    redshift.faults.clear()
    assert everything(warehouse) == expected


def test_an_error_that_does_not_cease_is_told_with_the_number_of_tries(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    redshift.faults.raise_serialization("select", times=10)
    with (
        caplog.at_level(logging.WARNING),
        pytest.raises(WarehouseError, match=r"serializable isolation violation, 4 tries"),
    ):
        warehouse.transact(lambda tx: tx.query("SELECT 1"))
    assert "try 4 of 4" in caplog.text


def test_a_wrong_password_is_not_tried_again(settings: Settings, redshift: RedshiftStandIn) -> None:
    warehouse = make_warehouse(settings, password="wrong")
    with pytest.raises(WarehouseError, match="SPARKIFY_REDSHIFT_AUTH"):
        warehouse.existing_tables()
    assert redshift.texts == []


def test_a_certificate_of_an_unknown_ca_is_refused(settings: Settings) -> None:
    with pytest.raises(WarehouseError, match="SPARKIFY_REDSHIFT_CA_FILE"):
        make_warehouse(settings, ca_file="").existing_tables()


def test_the_lock_of_loads_comes_first_and_only_what_writes_takes_it(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn
) -> None:
    for _ in range(2):  # the first time, the table to lock is not there
        schema.ensure_tables(warehouse)
    with redshift.recording() as recorded:
        warehouse.transact(lambda tx: tx.count("users"))
        warehouse.transact(lambda tx: tx.count("songs"), exclusive=True)
    texts = [statement.text for statement in recorded.received]
    counts = [f"SELECT COUNT(*) FROM {table} WHERE 1 = 1" for table in ("users", "songs")]
    lock = "LOCK TABLE load_lock"
    assert texts == ["BEGIN", counts[0], "COMMIT", "BEGIN", lock, counts[1], "COMMIT"]


def test_a_connection_is_kept_for_the_session_and_let_go_after_it(
    settings: Settings, redshift: RedshiftStandIn
) -> None:
    warehouse = make_warehouse(settings)
    with warehouse.session():
        for _ in range(3):
            warehouse.transact(lambda tx: tx.query("SELECT 1"))
    assert len({statement.session for statement in redshift.statements}) == 1
    warehouse.existing_tables()
    assert len({statement.session for statement in redshift.statements}) == 2


def test_what_is_rejected_is_there_once_after_a_retry(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn, source: Source, cloud: Cloud
) -> None:
    put_source(cloud)
    schema.ensure_tables(warehouse)
    redshift.faults.raise_serialization("commit")
    load(warehouse, source)
    assert [row[:2] for row in rejects(warehouse)] == [
        ("log_data/2018/11/b.json.gz", 3),
        (SONGS, 3),
    ]
