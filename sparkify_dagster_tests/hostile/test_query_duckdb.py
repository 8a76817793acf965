"""`sparkify query` on DuckDB runs one statement, and no statement writes or reads a file."""

import hashlib
from pathlib import Path

import pytest

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse
from sparkify_dagster_tests.hostile.statements import DUCKDB, SECRET

ZONES = "AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York'"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> DuckDBWarehouse:
    folder = tmp_path_factory.mktemp("warehouse")
    (folder / "secret.txt").write_text(f"{SECRET}\n")
    made = DuckDBWarehouse(f"duckdb:///{folder}/warehouse.duckdb?memory_limit=100MB")
    with made.session():
        made.transact(lambda tx: tx.execute("CREATE TABLE users AS SELECT 1 AS user_id"))
        made.transact(lambda tx: tx.execute("CREATE TABLE plays AS SELECT 1 AS user_id, 'a' AS a"))
    return made


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("trick", DUCKDB)
def test_a_trick_writes_nothing_and_reads_no_file(
    warehouse: DuckDBWarehouse, trick: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by trying: USE memory; DETACH; ATTACH, and COPY over the file, wrote the warehouse."""
    monkeypatch.setenv("SPARKIFY_SECRET", SECRET)
    folder = warehouse.path.parent
    before = contents(folder)
    for mark, text in {
        "{file}": warehouse.path,
        "{folder}": folder,
        "{secret}": folder / "secret.txt",
        "{name}": folder.name,
    }.items():
        trick = trick.replace(mark, str(text))
    with pytest.raises(WarehouseError) as caught:
        warehouse.read(trick)
    assert SECRET not in str(caught.value)
    assert contents(folder) == before


def test_the_tricks_are_many() -> None:
    assert len(set(DUCKDB)) == len(DUCKDB) > 90


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("SELECT u.user_id, p.a FROM users AS u JOIN plays AS p USING (user_id)", (1, "a")),
        ("SELECT 1; -- with a comment; and more", (1,)),
        ("SELECT ';' AS a", (";",)),
        ("SELECT $$a;b$$ AS a", ("a;b",)),
        ("FROM users", (1,)),
        ("WITH a AS (SELECT 7 / 2 AS b) SELECT * FROM a", (3,)),
        ("VALUES (1, 2)", (1, 2)),
        ("DESCRIBE users", ("user_id", "INTEGER", "YES", None, None, None)),
        ("SHOW TABLES", ("plays",)),
        ("PIVOT users ON user_id USING COUNT(*)", (1,)),
        (f"SELECT HOUR(TIMESTAMP '2018-11-01 00:00' {ZONES})", (20,)),
    ],
)
def test_what_reads_is_answered(
    warehouse: DuckDBWarehouse, query: str, row: tuple[object, ...]
) -> None:
    assert warehouse.read(query).rows[0] == row


def test_summaries_and_plans_are_answered(warehouse: DuckDBWarehouse) -> None:
    assert warehouse.read("SUMMARIZE users").rows
    assert "users" in warehouse.read("EXPLAIN SELECT * FROM users").rows[0][1]


def test_a_query_larger_than_memory_spills_and_cleans_up(warehouse: DuckDBWarehouse) -> None:
    before = contents(warehouse.path.parent)
    query = "SELECT COUNT(DISTINCT HASH(range)) FROM range(8000000)"
    assert warehouse.read(query).rows == [(8_000_000,)]
    assert contents(warehouse.path.parent) == before
