"""A DuckDB file is held in sessions only, though the DuckDB that opens it goes on."""

import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sparkify_dagster.errors import SettingsError, WarehouseError
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse

MAKE = "CREATE TABLE numbers AS SELECT 1 AS number"
READ = "SELECT number FROM numbers ORDER BY 1"


def in_another_process(file: Path, sql: str) -> None:
    code = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute(sys.argv[2])"
    subprocess.run([sys.executable, "-c", code, str(file), sql], check=True)


def test_between_sessions_another_process_may_write_the_file(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    warehouse = DuckDBWarehouse(f"duckdb:///{file}")
    warehouse.transact(lambda tx: tx.execute(MAKE))
    assert [path.name for path in tmp_path.iterdir()] == [file.name]  # its log is written out
    in_another_process(file, "INSERT INTO numbers VALUES (2)")
    assert warehouse.transact(lambda tx: tx.query(READ)) == [(1,), (2,)]


def test_a_file_that_was_put_in_the_place_of_another_is_read(tmp_path: Path) -> None:
    file, other = tmp_path / "warehouse.duckdb", tmp_path / "other.duckdb"
    warehouse = DuckDBWarehouse(f"duckdb:///{file}")
    warehouse.transact(lambda tx: tx.execute(MAKE))
    in_another_process(other, "CREATE TABLE numbers AS SELECT 3 AS number")
    other.replace(file)
    assert warehouse.transact(lambda tx: tx.query(READ)) == [(3,)]
    file.unlink()
    assert warehouse.existing_tables() == set()


def test_what_was_done_before_work_failed_is_kept_and_the_file_is_let_go(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(f"duckdb:///{tmp_path}/warehouse.duckdb")
    with warehouse.session():
        warehouse.transact(lambda tx: tx.execute(MAKE))
        with pytest.raises(WarehouseError, match="no_such_table"):
            warehouse.transact(lambda tx: tx.execute("DELETE FROM no_such_table"))
    in_another_process(warehouse.path, "INSERT INTO numbers VALUES (2)")
    assert warehouse.transact(lambda tx: tx.query(READ)) == [(1,), (2,)]


def _damaged(file: Path, kind: str) -> Path:
    whole = file.read_bytes()
    checksum = whole[:4096] + b"\x55" * 100 + whole[4196:]
    contents = {"cut": whole[:5000], "changed": checksum, "text": b"lock " * 5000, "empty": b""}
    file.write_bytes(contents[kind])
    return file


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("cut", "is damaged"),
        ("changed", "is damaged"),
        ("text", "cannot be opened as a DuckDB database"),
        ("empty", "cannot be opened as a DuckDB database"),
    ],
)
def test_a_damaged_file_is_not_waited_for(tmp_path: Path, kind: str, message: str) -> None:
    """Found by trying: a checksum's error names a block, which was read as a lock."""
    (tmp_path / "clock").mkdir()
    warehouse = DuckDBWarehouse(f"duckdb:///{tmp_path}/clock/blocked.duckdb")
    warehouse.transact(lambda tx: tx.execute(MAKE))
    _damaged(warehouse.path, kind)
    began = time.monotonic()
    for use in (warehouse.existing_tables, lambda: warehouse.read(READ)):
        with pytest.raises(WarehouseError, match=message) as caught:
            use()
        assert "in use" not in str(caught.value)
    assert time.monotonic() - began < 5


def test_a_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    """Found by trying: a folder named `clock` was in use for ten minutes."""
    (tmp_path / "clock").mkdir()
    warehouse = DuckDBWarehouse(f"duckdb:///{tmp_path}/clock")
    for use in (warehouse.existing_tables, lambda: warehouse.read(READ)):
        with pytest.raises(WarehouseError, match="is a folder"):
            use()


def test_a_file_under_a_name_like_an_error_is_waited_for_only_if_it_is_locked(
    tmp_path: Path,
) -> None:
    name = 'IO Error: Could not set lock on file "a'
    warehouse = DuckDBWarehouse(f"duckdb:///{tmp_path}/{name}", wait_seconds=0.1)
    warehouse.transact(lambda tx: tx.execute(MAKE))
    assert warehouse.read(READ).rows == [(1,)]
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(warehouse.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()
        with pytest.raises(WarehouseError, match="is in use by another process"):
            warehouse.existing_tables()
        holder.communicate(b"\n", timeout=30)
    _damaged(warehouse.path, "changed")
    with pytest.raises(WarehouseError, match="is damaged"):
        warehouse.existing_tables()


@pytest.mark.parametrize(
    "limit",
    [
        "1GB'; ATTACH '/tmp/made.duckdb' AS made; --",
        "1GB'--",
        "0x10MB",
        "-1GB",
        "90%25",
        "1",
        "",
        "1 GB;",
        "\u0661GB",
    ],
)
def test_a_memory_limit_that_is_not_a_size_is_refused(limit: str) -> None:
    """Found by reading: the limit was a piece of an SQL statement."""
    with pytest.raises(SettingsError, match="write a size like 500MB"):
        DuckDBWarehouse(f"duckdb:///data/w.duckdb?memory_limit={limit}")


def test_a_memory_limit_is_the_engines(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(f"duckdb:///{tmp_path}/w.duckdb?memory_limit=100MiB")
    query = "SELECT CURRENT_SETTING('memory_limit')"
    assert warehouse.transact(lambda tx: tx.value(query)) == "100.0 MiB"
    assert warehouse.read(query).rows == [("100.0 MiB",)]


def test_a_new_file_and_its_folder_are_their_owners_alone(tmp_path: Path) -> None:
    """Found by trying: all users could read the warehouse."""
    warehouse = DuckDBWarehouse(f"duckdb:///{tmp_path}/data/w.duckdb")
    warehouse.transact(lambda tx: tx.execute(MAKE))
    assert stat.S_IMODE(warehouse.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(warehouse.path.parent.stat().st_mode) == 0o700
