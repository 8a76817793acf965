"""What assets say about their tables: all of it comes from the tables' folders."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any

import dagster as dg

from sparkify_dagster import progress
from sparkify_dagster.dashboard import chart_of, read_chart
from sparkify_dagster.instance.failures import FAILED_MONTHS
from sparkify_dagster.loading.audit import Outcome
from sparkify_dagster.loading.checks import Check
from sparkify_dagster.loading.digests import table_digest
from sparkify_dagster.models import catalogue, files, lineage
from sparkify_dagster.models.contract import Table
from sparkify_dagster.models.model import Model
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse, open_warehouse
from sparkify_dagster.warehouse.base import Answer, Transaction

OWNERS = ["team:data-engineering"]
CLUSTER = "redshift_cluster"
_POOL = "warehouse"
_PREVIEW_ROWS = 5
_CELL_CHARACTERS = 200
_LOG_SECONDS = 5.0

# Logs come daily, and each day's has a run: a day and a half without one is worth a look.
_FRESHNESS = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=36), fail_window=timedelta(days=3)
)


def log_months(settings: Settings) -> dg.MonthlyPartitionsDefinition:
    """Return the log-month partitions, the current month included."""
    return dg.MonthlyPartitionsDefinition(
        start_date=settings.first_month, fmt="%Y-%m", end_offset=1
    )


@cache
def pool(settings: Settings) -> str | None:
    """Return the pool in which runs queue if the engine has one writer; dagster.yaml sizes it."""
    return _POOL if open_warehouse(settings).single_writer else None


def kind_of(settings: Settings) -> str:
    """Return the engine's name among Dagster's kinds."""
    scheme = settings.warehouse.split(":", 1)[0]
    return "postgres" if scheme.startswith("postgresql") else scheme


def months_of(context: dg.AssetExecutionContext) -> list[str]:
    """Return the log months of a run, oldest first; none if it has no partition."""
    partitioned = context.has_partition_key or context.has_partition_key_range
    return sorted(context.partition_keys) if partitioned else []


def required_months(context: dg.AssetExecutionContext) -> list[str]:
    """Return the log months of a run of an asset that needs them; raises dg.Failure."""
    months = months_of(context)
    if not months:
        raise dg.Failure(
            "this run has no log month: choose one or more partitions, such as 2018-11",
            allow_retries=False,
        )
    return months


def spec(settings: Settings, model: Model) -> dg.AssetSpec:
    """Return the asset of a table, as its folder describes it."""
    name = model.name
    upstream = [*catalogue.inputs(name), *catalogue.references(name)] or [CLUSTER]
    return dg.AssetSpec(
        name,
        deps=[table for table in dict.fromkeys(upstream) if table != name],
        skippable=True,
        group_name=model.layer,
        description=model.table.comment,
        kinds={kind_of(settings), "sql"},
        owners=OWNERS,
        code_version=table_digest(name)[:12],
        partitions_def=log_months(settings) if model.by_month else None,
        freshness_policy=_FRESHNESS if model.by_month else None,
        metadata={
            "dagster/table_name": name,
            "dagster/column_schema": _column_schema(model.table),
            "dagster/code_references": _code_references(model),
        },
    )


def check_specs(name: str, checks: Sequence[Check]) -> list[dg.AssetCheckSpec]:
    """Return the specs of an asset's checks."""
    return [
        dg.AssetCheckSpec(
            check.name, asset=name, description=check.description, blocking=not check.warning
        )
        for check in checks
    ]


def check_result(asset: str, outcome: Outcome, *, published: bool) -> dg.AssetCheckResult:
    """Report the outcome of a check, with the first rows that failed it.

    `published` says whether the check looked at the table, or at rows that were to be published.
    """
    metadata: dict[str, Any] = {"offending rows": outcome.rows}
    if not outcome.passed:
        metadata["first offending rows"] = table_value(outcome.sample)
    if outcome.months:
        metadata[FAILED_MONTHS] = dg.MetadataValue.json(outcome.months)
    warning = outcome.check.warning
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=outcome.check.name,
        passed=outcome.passed,
        severity=dg.AssetCheckSeverity.WARN if warning else dg.AssetCheckSeverity.ERROR,
        description="" if outcome.passed else _explained(outcome, published=published),
        metadata=metadata,
    )


def table_value(answer: Answer) -> dg.MetadataValue:
    """Return rows as a table; Dagster's pages show its cells as text, never as markup."""
    if not answer.columns:
        return dg.MetadataValue.text("")
    return dg.MetadataValue.table(
        records=[
            dg.TableRecord(dict(zip(answer.columns, map(_cell, row), strict=True)))
            for row in answer.rows
        ],
        schema=dg.TableSchema(columns=[dg.TableColumn(name) for name in answer.columns]),
    )


def column_lineage(name: str) -> dg.TableColumnLineage:
    """Return the columns that each column of a table is computed from."""
    found: Mapping[str, lineage.Origins] = lineage.column_lineage(name)
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(asset_key=t, column_name=c) for t, c in sorted(origins)]
            for column, origins in found.items()
        }
    )


def look(warehouse: Warehouse, name: str) -> dict[str, Any]:
    """Return a preview and a chart of a table, for a person who builds it from Dagster's pages."""
    query, chart = f"SELECT * FROM {name} LIMIT {_PREVIEW_ROWS}", read_chart(name)

    def read(tx: Transaction) -> tuple[Answer, Answer | None]:
        return tx.ask(query), tx.ask(chart.sql) if chart else None

    preview, points = warehouse.transact(read)
    metadata: dict[str, Any] = {"preview": table_value(preview)}
    if chart and points and (drawn := chart_of(chart, points)):
        metadata["chart"] = dg.MetadataValue.md(drawn)
    return metadata


@contextmanager
def working(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[None]:
    """Keep the warehouse open for a step, and log the progress of long work."""
    warehouse.named_by(context.run.run_id)
    with warehouse.session(), logging_progress(context):
        yield


@contextmanager
def logging_progress(context: dg.AssetExecutionContext) -> Iterator[None]:
    """Log progress every few seconds, unless somebody shows it otherwise."""
    import time

    if progress.has_listener():
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


def _explained(outcome: Outcome, *, published: bool) -> str:
    if outcome.check.warning:
        return outcome.summary
    if published:
        return (
            f"{outcome.summary} The table holds these rows: they came by another way than a load."
        )
    return (
        f"{outcome.summary} Nothing of this was published. Look at the source's records of these "
        "rows: a load tries again when they, the SQL or the checks change, or on request."
    )


def _cell(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, (int, float, bool)):
        return value
    return str(value)[:_CELL_CHARACTERS]


def _column_schema(table: Table) -> dg.TableSchema:
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


def _code_references(model: Model) -> dg.CodeReferencesMetadataValue:
    names = ["table.sql"] if model.select is None else ["model.sql", "table.sql"]
    return dg.CodeReferencesMetadataValue(
        code_references=[
            dg.LocalFileCodeReference(
                file_path=str(files.path(model.name, name)),
                label=f"sql/{model.layer}/{model.name}/{name}",
            )
            for name in names
        ]
    )
