"""`sparkify query` and `sparkify rejects`."""

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sparkify_dagster import partitions
from sparkify_dagster.cli.show import console, print_table
from sparkify_dagster.errors import SettingsError, SparkifyError, WarehouseError
from sparkify_dagster.escaping import for_csv
from sparkify_dagster.warehouse import open_warehouse
from sparkify_dagster.wording import counted

if TYPE_CHECKING:
    from sparkify_dagster.settings import Settings
    from sparkify_dagster.warehouse import Warehouse
    from sparkify_dagster.warehouse.base import Answer

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = CURRENT_SCHEMA()"
_WRITTEN = ("csv", "parquet")


def run_query(settings: "Settings", sql: str, form: str | None, output: str | None) -> None:
    """Run a query as it is written, in the engine's own SQL, and show or write its rows.

    Without a format, the ending of the output decides; without either, a table is printed.
    """
    form = form or _format_of(output)
    if form == "table" and output:
        raise SettingsError(f"a table is not written to {output}: say --format csv, or parquet")
    if form == "parquet" and not output:
        raise SettingsError("--format parquet needs --output FILE")
    warehouse = open_warehouse(settings)
    try:
        answer = warehouse.read(sql)
    except WarehouseError as error:
        if _tables(warehouse) == set():
            raise _nothing_loaded(warehouse) from error
        raise
    if form == "parquet":
        _write_parquet(answer, str(output))
    elif form == "csv":
        _write_csv(answer, output)
    else:
        print_table(answer.columns, answer.rows)
        console().print(counted(len(answer.rows), "row"))


def list_rejects(settings: "Settings", month: str | None, limit: int) -> None:
    """List rejected records; those of loads that failed are marked as such."""
    if month and not partitions.is_month(month):
        raise SettingsError(f"{month!r} is not a month: write it like 2018-11")
    where = f"WHERE log_month = '{month}'" if month else ""
    warehouse = open_warehouse(settings)
    if _tables(warehouse) == set():
        raise _nothing_loaded(warehouse)
    answer = warehouse.read(
        "SELECT file, line, reason, raw_text, CASE WHEN load_failed THEN 'failed' ELSE 'good' END "
        f"AS load FROM rejected_records {where} ORDER BY file, line LIMIT {limit}"
    )
    [[total, failed]] = warehouse.read(
        "SELECT COUNT(*), SUM(CASE WHEN load_failed THEN 1 ELSE 0 END) "
        f"FROM rejected_records {where}"
    ).rows
    print_table(answer.columns, answer.rows)
    shown = f"{len(answer.rows):,} of {counted(total, 'rejected record')}"
    console().print(f"{shown}; {failed:,} of a load that failed" if failed else shown)


def refuse_unloaded(warehouse: "Warehouse") -> None:
    """Raise WarehouseError if nothing has been loaded yet; nothing is created to find out."""
    if not warehouse.existing_tables():
        raise _nothing_loaded(warehouse)


def _tables(warehouse: "Warehouse") -> set[str] | None:
    """Name the tables of the schema, by the login that reads; None if that fails, too."""
    try:
        return {str(name) for (name,) in warehouse.read(_TABLES).rows}
    except WarehouseError:
        return None


def _nothing_loaded(warehouse: "Warehouse") -> WarehouseError:
    return WarehouseError(f"there is no warehouse at {warehouse.location} yet: run `sparkify load`")


def _format_of(output: str | None) -> str:
    if output is None:
        return "table"
    form = Path(output).suffix.removeprefix(".").lower()
    if form not in _WRITTEN:
        raise SettingsError(
            f"{output} ends in neither .csv nor .parquet: say --format csv, or parquet"
        )
    return form


def _write_csv(answer: "Answer", output: str | None) -> None:
    stream = Path(output).open("w", newline="", encoding="utf-8") if output else sys.stdout  # noqa: SIM115 - stdout stays open
    writer = csv.writer(stream)
    writer.writerow([for_csv(name) for name in answer.columns])
    writer.writerows([for_csv(value) for value in row] for row in answer.rows)
    if output:
        stream.close()
        _report_written(answer, output)


def _write_parquet(answer: "Answer", output: str) -> None:
    import duckdb
    import pandas as pd

    frame = pd.DataFrame(answer.rows, columns=list(answer.columns))  # noqa: F841 - DuckDB reads it
    copy = "COPY (SELECT * FROM frame) TO $path (FORMAT parquet)"
    try:
        with duckdb.connect() as connection:
            connection.execute(copy, {"path": output})
    except duckdb.Error as error:
        raise SparkifyError(f"{output} cannot be written: {error}") from error
    _report_written(answer, output)


def _report_written(answer: "Answer", output: str) -> None:
    console().print(f"{counted(len(answer.rows), 'row')} written to {output}")
