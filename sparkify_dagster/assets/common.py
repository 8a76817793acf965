"""What the assets share: their months, what they say of themselves, and how they report."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast

import dagster as dg

from sparkify_dagster import contract, lineage, progress, sql_files
from sparkify_dagster.dashboard import chart_of, chart_query
from sparkify_dagster.loading import builds, tables
from sparkify_dagster.loading.builds import DERIVED, WHOLE
from sparkify_dagster.loading.tables import Built
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse, open_warehouse
from sparkify_dagster.warehouse.base import Answer, Transaction

_POOL = "warehouse"

_PREVIEW_ROWS = 5
_LOG_SECONDS = 5.0

# Logs come daily, and each day's has a run: a day and a half without one is worth a look.
_FRESHNESS = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=36), fail_window=timedelta(days=3)
)


def log_months(settings: Settings) -> dg.MonthlyPartitionsDefinition:
    """Give the log-month partitions, the running month included."""
    return dg.MonthlyPartitionsDefinition(
        start_date=settings.first_month, fmt="%Y-%m", end_offset=1
    )


def pool(settings: Settings) -> str | None:
    """Give the pool in which runs queue where the warehouse has one writer; dagster.yaml sizes it.

    Other engines lock what they write, so their runs go side by side.
    """
    return _POOL if open_warehouse(settings).single_writer else None


def months_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> list[str]:
    """Give the log months of a run, oldest first; none where it has no partition."""
    partitioned = context.has_partition_key or context.has_partition_key_range
    return sorted(context.partition_keys) if partitioned else []


def required_months(context: dg.AssetExecutionContext) -> list[str]:
    """Give the log months of a run of an asset that cannot do without; raises dg.Failure."""
    months = months_of(context)
    if not months:
        raise dg.Failure(
            "this run names no log month: choose one or more partitions, such as 2018-11",
            allow_retries=False,
        )
    return months


def derived_asset(
    settings: Settings, table: str, *, group: str, deps: Sequence[str]
) -> dg.AssetsDefinition:
    """Make the asset of a table that SQL builds from others."""
    # A first load of months comes before any songs, or the other way round: what is asked of both
    # is left out then.
    may_wait = table in builds.ANSWERS
    options = table_options(settings, table, group, DERIVED[table].file)
    asset = dg.asset(deps=list(deps), output_required=not may_wait, **options)

    def build_table(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        with working(context, warehouse):
            if may_wait and not warehouse.transact(lambda tx: tables.has_inputs(tx, table)):
                context.log.info(f"{table} waits for {' and '.join(DERIVED[table].inputs)}")
                return
            months = required_months(context) if DERIVED[table].monthly else [WHOLE]
            result = report_builds(context, warehouse, build_months(warehouse, table, months))
        yield result

    return cast("dg.AssetsDefinition", asset(build_table))


def build_months(warehouse: Warehouse, table: str, months: Sequence[str]) -> list[Built]:
    """Build a table's months, oldest first; side by side where none needs another."""
    title, built = f"building {table}", list[Built]()
    progress.report(title, 0, len(months), "months")
    for one in tables.build_months(warehouse, table, months):
        built.append(one)
        progress.report(title, len(built), len(months), "months")
    return built


def table_options(settings: Settings, table: str, group: str, sql_file: str) -> dict[str, Any]:
    """Give what every table's asset says of itself, all of it from the contract and the SQL."""
    declared = contract.table(table)
    options: dict[str, Any] = {
        "name": table,
        "group_name": group,
        "description": declared.comment,
        "kinds": {kind_of(settings), "sql"},
        "owners": ["team:data-engineering"],
        "code_version": sql_files.digest(sql_file, declared.file)[:12],
        "pool": pool(settings),
        "backfill_policy": dg.BackfillPolicy.single_run(),
        "metadata": {
            "dagster/table_name": table,
            "dagster/column_schema": _column_schema(declared),
            "dagster/code_references": _code_references(sql_file, declared.file),
        },
    }
    if table in builds.MONTHLY:
        options["partitions_def"] = log_months(settings)
        options["freshness_policy"] = _FRESHNESS
    return options


def kind_of(settings: Settings) -> str:
    """Name the engine as Dagster's kinds do."""
    scheme = settings.warehouse.split(":", 1)[0]
    return "postgres" if scheme.startswith("postgresql") else scheme


def report_builds(
    context: dg.AssetExecutionContext, warehouse: Warehouse, built: Sequence[Built]
) -> dg.MaterializeResult[Any]:
    """Report what was built, month by month where there are months."""
    table = built[0].table
    context.log.info("\n".join(map(_told, built)))  # one entry: each costs a write to the log
    for one in built:
        if one.log_month != WHOLE:
            context.add_asset_metadata(
                {
                    "dagster/partition_row_count": one.rows,
                    "version": one.version[:16],
                    "rebuilt": one.rebuilt,
                },
                partition_key=one.log_month,
            )
    whole = dg.DataVersion(built[0].version[:16]) if built[0].log_month == WHOLE else None
    return dg.MaterializeResult(metadata=table_metadata(warehouse, table), data_version=whole)


def _told(one: Built) -> str:
    month = "" if one.log_month == WHOLE else f" {one.log_month}"
    done = "built" if one.rebuilt else "is current, left as it is"
    return f"{one.table}{month} {done}: {one.rows:,} rows"


def table_metadata(warehouse: Warehouse, table: str) -> dict[str, Any]:
    """Give what a table's materialisation shows: its rows, where they come from, the first few."""
    query, charted = f"SELECT * FROM {table} LIMIT {_PREVIEW_ROWS}", chart_query(table)

    def look(tx: Transaction) -> tuple[int, Answer, Answer | None]:
        return tx.count(table), tx.ask(query), tx.ask(charted) if charted else None

    rows, preview, points = warehouse.transact(look)
    metadata: dict[str, Any] = {
        "dagster/row_count": rows,
        "preview": dg.MetadataValue.md(markdown_table(preview.columns, preview.rows)),
    }
    chart = chart_of(table, points) if points else None
    if chart:
        metadata["chart"] = dg.MetadataValue.md(chart)
    if table in DERIVED:
        metadata["dagster/column_lineage"] = _column_lineage(table)
    return metadata


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Write rows as a Markdown table."""
    lines = [columns, ["---"] * len(columns), *([_cell(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


@contextmanager
def working(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[None]:
    """Keep the warehouse open for a run's step, whose long work tells how far it is."""
    warehouse.named_by(context.run.run_id)
    with warehouse.session(), telling(context):
        yield


@contextmanager
def telling(context: dg.AssetExecutionContext) -> Iterator[None]:
    """Log how far long work is, every few seconds, where nobody shows it otherwise."""
    if progress.heard():
        yield
        return
    last = time.monotonic()

    def log(step: progress.Step) -> None:
        nonlocal last
        if time.monotonic() - last >= _LOG_SECONDS:
            last = time.monotonic()
            context.log.info(f"{step.title}: {step.done:,} of {step.total:,} {step.unit}")

    with progress.listening(log):
        yield


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")[:80]


def _column_schema(table: contract.Table) -> dg.TableSchema:
    references = {r.column: f"references {r.table} ({r.target})" for r in table.references}
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type,
                description=column.comment,
                constraints=dg.TableColumnConstraints(
                    nullable=not column.required,
                    unique=(column.name,) == table.primary_key,
                    other=[references[column.name]] if column.name in references else [],
                ),
            )
            for column in table.columns
        ]
    )


def _column_lineage(table: str) -> dg.TableColumnLineage:
    found: Mapping[str, lineage.Origins] = lineage.column_lineage(table)
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(asset_key=t, column_name=c) for t, c in sorted(origins)]
            for column, origins in found.items()
        }
    )


def _code_references(*names: str) -> dg.CodeReferencesMetadataValue:
    return dg.CodeReferencesMetadataValue(
        code_references=[
            dg.LocalFileCodeReference(
                file_path=str(sql_files.sql_root() / f"{name}.sql"), label=f"sql/{name}.sql"
            )
            for name in names
        ]
    )
