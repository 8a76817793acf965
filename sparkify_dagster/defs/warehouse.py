"""The asset redshift_cluster: the cluster (or file, or database), and its tables, still empty."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from sparkify_dagster.defs import metadata
from sparkify_dagster.defs.metadata import CLUSTER
from sparkify_dagster.defs.table import Event
from sparkify_dagster.loading import control, schema
from sparkify_dagster.loading.checks import control_checks
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse


def build_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the asset `redshift_cluster`, with the checks of the records that loads keep."""

    @dg.multi_asset(
        name=CLUSTER,
        specs=[
            dg.AssetSpec(
                CLUSTER,
                skippable=True,
                group_name="warehouse",
                kinds={metadata.kind_of(settings)},
                owners=metadata.OWNERS,
                description=(
                    "The warehouse, with its tables as sql/ declares them\n\n"
                    "Creates what is missing and changes nothing that exists. On Redshift that is "
                    "the stack of the cluster or workgroup, its IAM role and its network; "
                    "elsewhere the database alone."
                ),
            )
        ],
        check_specs=metadata.check_specs(CLUSTER, control_checks()),
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=metadata.pool(settings),
    )
    def redshift_cluster(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[Event]:
        selected = {key.name for key in context.op_execution_context.selected_asset_check_keys}
        with metadata.working(context, warehouse):
            found: dict[str, Any] = {}
            if context.selected_asset_keys:
                found = dict(warehouse.provision(context.log.info))
                created = schema.ensure_tables(warehouse)
                context.log.info(f"created {', '.join(created)}" if created else "all tables exist")
                found["tables created"] = created
            for outcome in warehouse.transact(control.check) if selected else []:
                if outcome.check.name in selected:
                    yield metadata.check_result(CLUSTER, outcome, published=True)
        if context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=CLUSTER, metadata=found)

    return [redshift_cluster]
