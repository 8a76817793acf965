"""`sparkify query` and `sparkify rejects`."""

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sparkify_dagster import partitions
from sparkify_dagster.cli.show import console, counted, print_table
from sparkify_dagster.errors import SettingsError, SparkifyError, WarehouseError
from sparkify_dagster.escaping import for_csv
from sparkify_dagster.warehouse import open_warehouse

if TYPE_CHECKING:
    from sparkify_dagster.settings import Settings
    from sparkify_dagster.warehouse import Warehouse
    from sparkify_dagster.warehouse.base import Answer

FORMATS = ("table", "csv", "parquet")
_HAS = "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = '{table}'"


def run_query(settings: "Settings", sql: str, form: str | None, output: str | None) -> None:
    """Run a query as it is written, in the engine's own SQL, and show or write its rows.

    Without a format it is the one that the output's ending names, else a table.
    """
    form = form or _format_of(output)
    if (form == "table") != (output is None) and form != "csv":
        raise SettingsError(
            f"--format {form} and --output: a table is printed, and Parquet is written to a file"
            if output
            else f"--format {form} needs --output FILE"
        )
    answer = open_warehouse(settings).read(sql)
    if form == "parquet":
        _write_parquet(answer, str(output))
    elif form == "csv":
        _write_csv(answer, output)
    else:
        print_table(answer.columns, answer.rows)
        console().print(counted(len(answer.rows), "row"))


def list_rejects(settings: "Settings", month: str | None, limit: int) -> None:
    """List rejected records."""
    if month and not partitions.is_month(month):
        raise SettingsError(f"{month!r} is not a month: write it like 2018-11")
    where = f"WHERE log_month = '{month}'" if month else ""
    warehouse = open_warehouse(settings)
    require_table(warehouse, "rejected_records")
    answer = warehouse.read(
        f"SELECT file, line, reason, raw_text FROM rejected_records {where} "
        f"ORDER BY file, line LIMIT {limit}"
    )
    [[total]] = warehouse.read(f"SELECT COUNT(*) FROM rejected_records {where}").rows
    print_table(answer.columns, answer.rows)
    console().print(f"{len(answer.rows):,} of {counted(total, 'rejected record')}")


def require_table(warehouse: "Warehouse", table: str) -> None:
    """Raise WarehouseError if nothing has been loaded yet; nothing is created to find out."""
    if not warehouse.read(_HAS.format(table=table)).rows[0][0]:
        raise WarehouseError(
            f"there is no warehouse at {warehouse.location} yet: run `sparkify load`"
        )


def _format_of(output: str | None) -> str:
    if output is None:
        return "table"
    form = Path(output).suffix.removeprefix(".").lower()
    if form not in FORMATS or form == "table":
        raise SettingsError(
            f"{output}: name a file that ends in .csv or .parquet, or say --format csv"
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
