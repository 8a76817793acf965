"""`sparkify verify`: proves that a warehouse holds what a local load of its source holds."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import plan
from sparkify_dagster.loading.load import load
from sparkify_dagster.models import catalogue
from sparkify_dagster.models.model import Model
from sparkify_dagster.settings import Settings
from sparkify_dagster.verify.comparing import Difference, compare
from sparkify_dagster.warehouse import Warehouse, open_warehouse

__all__ = ["Difference", "verify"]


def verify(settings: Settings) -> Iterator[tuple[Model, list[Difference]]]:
    """Compare the warehouse with a DuckDB file into which its source is loaded.

    Yields each table with its differences, by month; removes the file at the end. Raises LoadError
    if the warehouse lacks something that its source has, or if the source cannot be loaded.
    """
    from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse

    warehouse = open_warehouse(settings)
    _refuse_unloaded(warehouse, settings)
    source = open_source(settings.source)
    with TemporaryDirectory(prefix="sparkify-verify-") as folder:
        expected = DuckDBWarehouse(f"duckdb:///{Path(folder) / 'expected.duckdb'}")
        failed = load(expected, source, settings.first_month, max_rejects=settings.max_rejects)
        if failed:
            rules = "; ".join(f"{o.check.table}: {o.summary}" for o in failed)
            raise LoadError(f"a local load of {settings.source} fails its checks: {rules}")
        yield from compare(warehouse, expected, [*catalogue.models().values()])


def _refuse_unloaded(warehouse: Warehouse, settings: Settings) -> None:
    """Raise LoadError if a load has something to do: the tables would differ for that alone."""
    pending = plan.make_plan(warehouse, open_source(settings.source), settings.first_month)
    if pending:
        tables = ", ".join(dict.fromkeys(step.table for step in pending.steps))
        raise LoadError(
            f"the warehouse is not up to date with {settings.source} ({tables}): run "
            "`sparkify load` first"
        )
