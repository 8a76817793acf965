"""The asset of a table that is built from others: one step builds it and reports its checks."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import dagster as dg

from sparkify_dagster import progress
from sparkify_dagster.defs import metadata, results
from sparkify_dagster.instance.failures import FAILED_MONTHS
from sparkify_dagster.instance.runs import COMMAND_TAG
from sparkify_dagster.loading import builds, tables
from sparkify_dagster.loading.audit import Outcome
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.checks import checks_of
from sparkify_dagster.loading.publish import Built, Publication
from sparkify_dagster.models import catalogue
from sparkify_dagster.models.model import Model
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster.wording import counted

RELINKED = "months to relink"
_AUTOMATIC_TAGS = (COMMAND_TAG, "dagster/sensor_name", "dagster/schedule_name")

Event: TypeAlias = "dg.MaterializeResult[Any] | dg.AssetCheckResult"


def build_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the assets of all tables that are built from others."""
    models = catalogue.models().values()
    return [_asset(settings, model) for model in models if model.select is not None]


def _asset(settings: Settings, model: Model) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=model.name,
        specs=[metadata.spec(settings, model)],
        check_specs=metadata.check_specs(model.name, checks_of(model.name)),
        can_subset=True,
        partitions_def=metadata.log_months(settings) if model.by_month else None,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=metadata.pool(settings),
    )
    def build(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[Event]:
        with metadata.working(context, warehouse):
            if not context.selected_asset_keys:
                yield from check_alone(context, warehouse, model.name)
                return
            months = metadata.required_months(context) if model.windowed else [ALL]
            publication = _build(warehouse, model.name, months)
            yield from _report(context, warehouse, model, publication)

    return build


def check_alone(
    context: dg.AssetExecutionContext, warehouse: Warehouse, name: str
) -> Iterator[dg.AssetCheckResult]:
    """Run the selected checks over the published rows."""
    publication = tables.recheck(warehouse, name)
    yield from check_results(context, name, publication.outcomes, published=True)


def check_results(
    context: dg.AssetExecutionContext,
    name: str,
    outcomes: Sequence[Outcome],
    *,
    published: bool = False,
) -> Iterator[dg.AssetCheckResult]:
    """Report the selected checks. Rows that did not change passed them when they were built."""
    selected = {key.name for key in context.op_execution_context.selected_asset_check_keys}
    found = {outcome.check.name: outcome for outcome in _merged(outcomes)}
    for check in checks_of(name):
        if check.name in selected:
            outcome = found.get(check.name) or Outcome(check)
            yield metadata.check_result(name, outcome, published=published)


def _build(warehouse: Warehouse, name: str, months: Sequence[str]) -> Publication:
    total, done = Publication(), 0
    title = f"building {name}"
    progress.report(title, 0, len(months), "months")
    for one in tables.build(warehouse, name, months):
        total.built += one.built
        total.outcomes += one.outcomes
        total.total_rows = one.total_rows
        done += len(one.built)
        progress.report(title, done, len(months), "months")
    return total


def _report(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    model: Model,
    publication: Publication,
) -> Iterator[Event]:
    """Report what was built; raises dg.Failure for months that failed or could not be built."""
    name = model.name
    context.log.info("\n".join(map(_line, publication.built)))  # one entry: each costs a write
    yield from check_results(context, name, publication.outcomes)
    failed, waiting = publication.months("failed"), publication.months("waiting")
    if waiting and not model.windowed:
        context.log.info(f"{name} waits for {' and '.join(catalogue.inputs(name))}")
        return
    without = _never_staged(context, warehouse, model, waiting)
    waiting = [month for month in waiting if month not in without]
    months = _months(context, model, publication, without)
    if failed or waiting:
        results.log_months(context, name, months)
        raise _failure(name, publication, failed, waiting)
    found = _found(context, warehouse, model, publication)
    if model.by_month:
        yield from results.result(context, name, months, found)
        return
    version = dg.DataVersion(publication.built[0].version[:16])
    yield dg.MaterializeResult(asset_key=name, metadata=found, data_version=version)


def _never_staged(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    model: Model,
    waiting: Sequence[str],
) -> set[str]:
    """Return the months of a run that have no files, if others of it have some."""
    asked = waiting if model.windowed else metadata.months_of(context)
    if not asked or not model.by_month or len(metadata.months_of(context)) == 1:
        return set()
    staged = warehouse.transact(lambda tx: builds.read_state(tx).months())
    without = {*asked}.difference(staged)
    return without if without < {*metadata.months_of(context)} else set()


def by_person(context: dg.AssetExecutionContext) -> bool:
    """Return whether a person started the run, who may want to see rows of what it builds."""
    return not any(tag in context.run.tags for tag in _AUTOMATIC_TAGS)


def _found(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    model: Model,
    publication: Publication,
) -> dict[str, Any]:
    """Return what a materialisation shows of the table."""
    found: dict[str, Any] = {
        "dagster/row_count": publication.total_rows,
        "dagster/column_lineage": metadata.column_lineage(model.name),
    }
    relinked = sorted({month for one in publication.built for month in one.relinked})
    if relinked:
        found[RELINKED] = dg.MetadataValue.json(relinked)
    if by_person(context):
        found |= metadata.look(warehouse, model.name)
    return found


def _months(
    context: dg.AssetExecutionContext,
    model: Model,
    publication: Publication,
    without: Container[str],
) -> dict[str, dict[str, Any]]:
    """Return the months that are as they should be, each with what is shown of it alone."""
    if not model.windowed:
        failed = publication.months("failed")
        asked = [] if failed else metadata.months_of(context)
        return {month: {} for month in asked if month not in without}
    return {
        one.log_month: {
            "dagster/partition_row_count": one.rows,
            "version": one.version[:16],
            "rebuilt": one.status == "built",
        }
        for one in publication.built
        if one.status not in ("failed", "waiting")
    }


def _failure(
    name: str, publication: Publication, failed: Sequence[str], waiting: Sequence[str]
) -> dg.Failure:
    messages = {}
    for month in failed:
        found = [o for o in publication.outcomes if o.blocks and {month, ""} & {*o.failures}]
        checks = "; ".join(f"check {o.check.name} of {name}: {o.summary}" for o in found)
        messages[month] = f"{checks} What was published before stays"
    for month in waiting:
        messages[month] = (
            f"{name} of {month} cannot be built: what it reads is not current. Materialise "
            f"{', '.join(catalogue.inputs(name))} first; if another load is at work, it builds this"
        )
    return dg.Failure(
        "\n".join(dict.fromkeys(messages.values())),
        metadata={
            FAILED_MONTHS: dg.MetadataValue.json(
                {month: text for month, text in messages.items() if month != ALL}
            )
        },
        allow_retries=False,
    )


def _line(one: Built) -> str:
    month = "" if one.log_month == ALL else f" {one.log_month}"
    return f"{one.table}{month} {_DONE[one.status]}: {counted(one.rows, 'row')}"


_DONE = {
    "built": "built",
    "current": "is current",
    "checked": "is current and was checked again",
    "waiting": "waits for what it reads",
    "failed": "failed its checks and was not published",
}


def _merged(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Add up the outcomes of a check over several batches of months."""
    found: dict[str, Outcome] = {}
    for outcome in outcomes:
        known = found.get(outcome.check.name)
        if known is None or known.passed:
            found[outcome.check.name] = outcome
        elif not outcome.passed:
            failures = {**known.failures, **outcome.failures}
            found[outcome.check.name] = replace(known, failures=failures)
    return [*found.values()]
