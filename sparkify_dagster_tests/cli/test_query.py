"""`sparkify query` and `sparkify rejects`."""

import csv
import io
import signal
import subprocess
import time
from pathlib import Path

import duckdb
import pytest

from sparkify_dagster.errors import LoadError, WarehouseError
from sparkify_dagster.warehouse import duckdb as engine
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse
from sparkify_dagster_tests.cli.command import COMMAND, House, ended
from sparkify_dagster_tests.cli.sources import holding, small_source
from sparkify_dagster_tests.engines import PostgresServer
from sparkify_dagster_tests.lake.reading import write
from sparkify_dagster_tests.loading.driver import load

VALUES = (
    "SELECT 1 AS number, 'é, \"x\"' AS text, NULL AS nothing, TIMESTAMP '2018-11-01 00:00:00.5'"
)


@pytest.fixture
def filled(house: House) -> House:
    """Give a directory with a small warehouse, loaded without Dagster."""
    small_source(house.source)
    write(house.source, "log_data/2018/11/b.json", b"null\n[bold]\n\xff\n")
    load(house.warehouse, house.source)
    return house


def test_a_query_prints_a_table(filled: House) -> None:
    result = filled.run("query", "SELECT user_id, level, NULL AS nothing, '[red]' FROM users")
    assert result.status == 0
    assert "user_id level nothing" in result.said
    assert "10 free [red]" in result.said
    assert result.said.endswith("1 row")


def test_a_query_without_rows_prints_its_columns(filled: House) -> None:
    assert "user_id" in filled.run("query", "SELECT user_id FROM users WHERE 1 = 0").said


def test_csv_goes_to_the_output_or_to_a_file(filled: House) -> None:
    written = filled.run("query", VALUES, "--format", "csv").stdout
    rows = list(csv.reader(io.StringIO(written)))
    assert rows[0][:3] == ["number", "text", "nothing"]
    assert rows[1] == ["1", 'é, "x"', "", "2018-11-01 00:00:00.500000"]
    assert filled.run("query", VALUES, "--format", "csv", "--output", "a.csv").status == 0
    assert (filled.folder / "a.csv").read_text("utf-8").splitlines() == written.splitlines()


def test_parquet_keeps_types_and_nulls(filled: House) -> None:
    sql = "SELECT user_id, level, NULL AS none FROM users UNION ALL SELECT 11, NULL, 7 ORDER BY 1"
    result = filled.run("query", sql, "--format", "parquet", "--output", "it's.parquet")
    assert result.status == 0, result.printed
    path = str(filled.folder / "it's.parquet")
    rows = duckdb.execute("SELECT * FROM read_parquet(?)", [path]).fetchall()
    assert rows == [(10, "free", None), (11, None, 7)]


def test_parquet_needs_a_file(filled: House) -> None:
    result = filled.run("query", "SELECT 1", "--format", "parquet")
    assert result.status == 1
    assert "needs --output FILE" in result.said


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_output_that_cannot_be_written_is_named(filled: House, form: str) -> None:
    """Found: a traceback."""
    result = filled.run("query", "SELECT 1 AS a", "--format", form, "--output", "no/such/file")
    assert result.status == 1
    assert "no/such/file" in result.said


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT nothing FROM users", "nothing"),
        ("SELECT * FROM nobody", "nobody"),
        ("", "the query is empty"),
        ("/* nothing */", "the query is empty"),
        ("DROP TABLE users", "read-only"),
        ("INSERT INTO users (user_id) VALUES (1)", "read-only"),
    ],
)
def test_what_is_wrong_with_a_query_is_said(filled: House, sql: str, message: str) -> None:
    result = filled.run("query", sql)
    assert result.status == 1
    assert message in result.said
    assert filled.rows("SELECT user_id FROM users") == [(10,)]


@pytest.mark.parametrize("url", ["duckdb:///data/a.duckdb", "postgresql+embedded://data/pg"])
@pytest.mark.parametrize("command", [["query", "SELECT 1"], ["rejects"], ["dashboard"]])
def test_before_the_first_load_a_command_says_what_to_do_and_creates_nothing(
    house: House, command: list[str], url: str
) -> None:
    """Found by use: `dashboard` showed a catalogue error and created an empty database."""
    result = house.run(*command, WAREHOUSE=url)
    assert result.status == 1
    assert "there is no warehouse at" in result.said
    assert result.said.endswith("yet: run `sparkify load`")
    assert not (house.folder / "data").exists()


def test_a_database_without_tables_is_named_as_such(
    house: House, postgres_server: PostgresServer
) -> None:
    url = postgres_server.new_database()
    postgres_server.run("DROP ROLE IF EXISTS asker", "CREATE ROLE asker LOGIN")
    settings = {"WAREHOUSE": url, "READER": url.replace("postgres@", "asker@")}
    for command in (["query", "SELECT * FROM songplays"], ["rejects"], ["dashboard"]):
        assert "there is no warehouse at" in house.run(*command, **settings).said
    assert house.run("query", "SELECT 1 AS a", **settings).status == 0


@pytest.mark.parametrize("url", ["duckdb:///data/a.duckdb", "postgresql+embedded://data/pg"])
@pytest.mark.parametrize("months", [[], ["--month", "2018-10"], ["--month", "x"]])
def test_a_load_that_is_refused_creates_no_database(
    house: House, url: str, months: list[str]
) -> None:
    """Found by use: `query` then answered from an empty database."""
    (house.source / "notes").mkdir(parents=True)
    assert house.run("load", *months, WAREHOUSE=url).status == 1
    assert [path.name for path in (house.folder / "data").iterdir()] == ["source"]


def test_the_output_decides_the_format(filled: House) -> None:
    """Found by use: --output f.csv without --format wrote nothing, with exit status 0."""
    for name in ("a.csv", "a.parquet", "A.CSV"):
        result = filled.run("query", "SELECT user_id FROM users", "--output", name)
        assert result.said == f"1 row written to {name}"
    assert (filled.folder / "a.csv").read_text().split() == ["user_id", "10"]
    assert (filled.folder / "a.parquet").read_bytes().startswith(b"PAR1")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--output", "a.txt"], "a.txt ends in neither .csv nor .parquet"),
        (["--output", "a"], "say --format csv, or parquet"),
        (["--output", "a.csv", "--format", "table"], "a table is not written to a.csv"),
    ],
)
def test_an_output_of_no_known_format_is_an_error(
    filled: House, options: list[str], message: str
) -> None:
    result = filled.run("query", "SELECT 1 AS a", *options)
    assert result.status == 1
    assert message in result.said
    assert not (filled.folder / options[1]).exists()


def test_a_query_waits_for_a_writer(filled: House) -> None:
    with holding(filled.folder / "data/sparkify.duckdb", 2):
        assert "10" in filled.run("query", "SELECT user_id FROM users").said


def test_a_query_gives_up_when_the_writer_does_not_end(
    filled: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_READ_WAIT_SECONDS", 0.5)
    with holding(filled.folder / "data/sparkify.duckdb", 60) as holder:
        with pytest.raises(WarehouseError, match="is in use by another process"):
            filled.warehouse.read("SELECT 1")
        impatient = DuckDBWarehouse(f"duckdb:///{filled.warehouse.path}", wait_seconds=0.5)
        with pytest.raises(WarehouseError, match="wait until that load is done"):
            impatient.existing_tables()
        holder.kill()


def test_a_query_can_be_interrupted(filled: House) -> None:
    """Found: DuckDB makes a RuntimeError of Ctrl-C, and prints a bar into a long query's rows."""
    endless = "SELECT SUM(a.range * b.range) FROM range(10000000) a, range(10000000) b"
    process = filled.start("query", endless)
    time.sleep(4)  # so that the query runs
    process.send_signal(signal.SIGINT)
    result = ended(process)
    assert result.status == 130
    assert result.said.startswith("Interrupted")


def test_a_reader_that_goes_away_is_no_error(filled: House, tmp_path: Path) -> None:
    result = tmp_path / "result"
    with result.open("w") as stderr:
        process = subprocess.Popen(
            [*COMMAND, "query", "SELECT range FROM range(200000)", "--format", "csv"],
            cwd=filled.folder,
            env=filled.environment(),
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"range\r\n"
        process.stdout.close()
        process.wait(timeout=60)
    assert result.read_text() == ""


def test_rejects_are_listed_with_file_line_reason_and_text(filled: House) -> None:
    result = filled.run("rejects")
    assert result.status == 0
    assert "log_data/2018/11/b.json 1 not a JSON object null good" in result.said
    assert "log_data/2018/11/b.json 2 not JSON: expecting value [bold] good" in result.said
    assert "log_data/2018/11/b.json 3 not UTF-8 \\xff good" in result.said
    assert result.said.endswith("3 of 3 rejected records")
    assert "1 of 3 rejected records" in filled.run("rejects", "--limit", "1").said
    assert "0 of 0 rejected records" in filled.run("rejects", "--month", "2018-12").said
    assert "3 of 3 rejected records" in filled.run("rejects", "--month", "2018-11").said


def test_rejects_of_a_load_that_failed_are_listed_and_marked(filled: House) -> None:
    """Found by use: after a month that failed because of its rejects, the list was empty."""
    write(filled.source, "log_data/2018/12/b.json", b"null\n" * 4)
    with pytest.raises(LoadError):
        load(filled.warehouse, filled.source, max_rejects=3)
    result = filled.run("rejects", "--month", "2018-12")
    assert "log_data/2018/12/b.json 4 not a JSON object null failed" in result.said
    assert result.said.endswith("4 of 4 rejected records; 4 of a load that failed")
    assert filled.run("rejects").said.endswith("7 of 7 rejected records; 4 of a load that failed")


@pytest.mark.parametrize("month", ["x", "' OR 1 = 1 --"])
def test_rejects_of_what_is_no_month_are_an_error(filled: House, month: str) -> None:
    result = filled.run("rejects", "--month", month)
    assert result.status == 1
    assert "is not a month" in result.said
