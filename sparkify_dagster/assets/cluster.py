"""The warehouse itself: the cluster (or file, or database) and its empty tables."""

from typing import Any

import dagster as dg

from sparkify_dagster.assets.common import kind_of, pool, telling
from sparkify_dagster.loading import schema
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse


def build(settings: Settings) -> list[dg.AssetsDefinition]:
    """Make the asset `redshift_cluster`."""

    @dg.asset(
        group_name="warehouse",
        kinds={kind_of(settings)},
        owners=["team:data-engineering"],
        pool=pool(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
        description=(
            "The warehouse, with its tables as sql/tables declares them\n\n"
            "Creates what is missing and changes nothing that exists. On Redshift that is a "
            "CloudFormation stack with the cluster or workgroup, its IAM role and its network; "
            "otherwise the database alone."
        ),
    )
    def redshift_cluster(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> dg.MaterializeResult[Any]:
        with telling(context):
            state = warehouse.provision(context.log.info)
            with warehouse.session():
                made = schema.ensure_tables(warehouse)
        context.log.info(f"made {', '.join(made)}" if made else "all tables are there")
        return dg.MaterializeResult(metadata={**state, "tables made": made})

    return [redshift_cluster]
