"""Which log months a step reports as materialised: those of the run that have files."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from sparkify_dagster.defs import metadata
from sparkify_dagster.instance import private

Months = Mapping[str, dict[str, Any]]  # each with the metadata of its own


def result(
    context: dg.AssetExecutionContext, asset: str, months: Months, found: dict[str, Any]
) -> Iterator["dg.MaterializeResult[Any]"]:
    """Report some months of a run as materialised, and the others not; `found` is of each.

    The step ends well for the whole run, so what depends on it goes on.
    """
    left_out = {*metadata.months_of(context)}.difference(months)
    unreported = private.unreported() if left_out else None
    if unreported:
        log_months(context, asset, months, found)
        yield dg.MaterializeResult(asset_key=asset, metadata=unreported)
        return
    for month, own in months.items():
        context.add_asset_metadata(own, partition_key=month)
    yield dg.MaterializeResult(asset_key=asset, metadata=found)


def log_months(
    context: dg.AssetExecutionContext,
    asset: str,
    months: Months,
    found: Mapping[str, Any] | None = None,
) -> None:
    """Report months as materialised, whatever becomes of the step."""
    for month, own in months.items():
        materialised = {**(found or {}), **own}
        context.log_event(dg.AssetMaterialization(asset, partition=month, metadata=materialised))
