"""The asset checks: one run of checks an asset, made from the contract and `sql/checks`.

All but warnings are blocking: what is built on a table waits for them. A run of some log months
checks the rows of these months; a run without a partition checks all rows.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg

from sparkify_dagster.assets.common import markdown_table, months_of, pool
from sparkify_dagster.contract import tables
from sparkify_dagster.loading import builds, checking, checks
from sparkify_dagster.loading.checking import Outcome
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse


def build_checks(settings: Settings, assets: Iterable[str]) -> list[dg.AssetChecksDefinition]:
    """Make the checks of assets."""
    return [_checks_of(settings, asset) for asset in assets]


def _checks_of(settings: Settings, asset: str) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(
            check.name,
            asset=asset,
            description=check.description,
            blocking=not check.warning,
            additional_deps=_other_tables(asset, check.table),
        )
        for check in checks.checks_of(asset)
    ]

    @dg.multi_asset_check(name=f"check_{asset}", specs=specs, can_subset=True, pool=pool(settings))
    def check_table(
        context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.AssetCheckResult]:
        months = months_of(context) if asset in builds.MONTHLY else []
        wanted = sorted(key.name for key in context.selected_asset_check_keys)
        warehouse.named_by(context.run.run_id)
        for outcome in checking.run_checks(warehouse, asset, months, wanted):
            yield _result(asset, outcome)

    return check_table


def _other_tables(asset: str, table: str) -> list[str]:
    """Name the tables that a check looks at besides its own: they have to be there first."""
    declared = tables()[table].references if table in tables() else ()
    return sorted({r.table for r in declared} - {asset})


def _result(asset: str, outcome: Outcome) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {"offending rows": outcome.failures}
    if not outcome.passed:
        first = markdown_table(outcome.sample.columns, outcome.sample.rows)
        metadata["first offending rows"] = dg.MetadataValue.md(first)
    if outcome.months:
        metadata["failed_months"] = dg.MetadataValue.json(outcome.months)
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=outcome.check.name,
        passed=outcome.passed,
        severity=_severity(outcome),
        description="" if outcome.passed else _explained(outcome),
        metadata=metadata,
    )


def _severity(outcome: Outcome) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.WARN if outcome.check.warning else dg.AssetCheckSeverity.ERROR


def _explained(outcome: Outcome) -> str:
    where = f" in {', '.join(outcome.months)}" if outcome.months else ""
    if outcome.check.warning:
        return f"{outcome.failures:,} rows{where}. {outcome.check.description}"
    return (
        f"{outcome.failures:,} rows{where} break this: {outcome.check.description} What is built "
        "on the table waits. The next load builds it again; if that does not mend it, look at the "
        "source's records of these rows."
    )
