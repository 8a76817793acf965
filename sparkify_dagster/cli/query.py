"""`sparkify query` and `sparkify rejects`."""

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sparkify_dagster import partitions
from sparkify_dagster.cli.show import console, print_table
from sparkify_dagster.errors import SettingsError, SparkifyError
from sparkify_dagster.escaping import for_csv
from sparkify_dagster.warehouse import open_warehouse

if TYPE_CHECKING:
    from sparkify_dagster.settings import Settings
    from sparkify_dagster.warehouse.base import Answer


def run_query(settings: "Settings", sql: str, form: str, output: str | None) -> None:
    """Run a query as it is written, in the engine's own SQL, and show or write its rows."""
    answer = open_warehouse(settings).read(sql)
    if form == "parquet":
        _write_parquet(answer, output)
    elif form == "csv":
        _write_csv(answer, output)
    else:
        print_table(answer.columns, answer.rows)
        console().print(f"{len(answer.rows):,} rows")


def list_rejects(settings: "Settings", month: str | None, limit: int) -> None:
    """List rejected records."""
    if month and not partitions.is_month(month):
        raise SettingsError(f"{month!r} is not a month: write it like 2018-11")
    where = f"WHERE log_month = '{month}'" if month else ""
    warehouse = open_warehouse(settings)
    answer = warehouse.read(
        f"SELECT file, line, reason, raw_text FROM rejected_records {where} "
        f"ORDER BY file, line LIMIT {limit}"
    )
    [[total]] = warehouse.read(f"SELECT COUNT(*) FROM rejected_records {where}").rows
    print_table(answer.columns, answer.rows)
    console().print(f"{len(answer.rows):,} of {total:,} rejected records")


def _write_csv(answer: "Answer", output: str | None) -> None:
    stream = Path(output).open("w", newline="", encoding="utf-8") if output else sys.stdout  # noqa: SIM115 - stdout stays open
    writer = csv.writer(stream)
    writer.writerow([for_csv(name) for name in answer.columns])
    writer.writerows([for_csv(value) for value in row] for row in answer.rows)
    if output:
        stream.close()


def _write_parquet(answer: "Answer", output: str | None) -> None:
    import duckdb
    import pandas as pd

    if not output:
        raise SettingsError("--format parquet needs --output FILE")
    frame = pd.DataFrame(answer.rows, columns=list(answer.columns))  # noqa: F841 - DuckDB reads it
    copy = "COPY (SELECT * FROM frame) TO $path (FORMAT parquet)"
    try:
        with duckdb.connect() as connection:
            connection.execute(copy, {"path": output})
    except duckdb.Error as error:
        raise SparkifyError(f"{output} cannot be written: {error}") from error
