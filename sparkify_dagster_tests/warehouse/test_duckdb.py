"""A DuckDB file is held in sessions only, though the DuckDB that opens it goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

from sparkify_dagster.errors import WarehouseError
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
