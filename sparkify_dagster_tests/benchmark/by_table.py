"""`python -m sparkify_dagster_tests.benchmark.by_table SOURCE DATABASE`: CPU seconds by table.

Loads a source into a DuckDB file without Dagster, and prints the seconds of each table as JSON.
Dagster's record of a run has no CPU time, and DuckDB works with several threads.
"""

import json
import resource
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import plan, schema, staging, tables
from sparkify_dagster.models import catalogue
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import open_warehouse

_FIRST = "2018-11"


def main() -> None:
    """Load, and print what each table took."""
    location, database = sys.argv[1:]
    source = open_source(location)
    warehouse = open_warehouse(Settings(warehouse=f"duckdb:///{database}"))
    costs: Counter[str] = Counter()
    with warehouse.session():
        schema.ensure_tables(warehouse)
        found = plan.make_plan(warehouse, source, _FIRST)
        for month in sorted({s.log_month for s in found.steps if s.table == staging.EVENTS}):
            with _timed(costs, staging.EVENTS):
                staging.stage_month(warehouse, source, month, 100)
        if any(step.table == staging.SONGS for step in found.steps):
            with _timed(costs, staging.SONGS):
                staging.stage_songs(warehouse, source, 100)
        for name, model in catalogue.models().items():
            if model.select is not None:
                with _timed(costs, name):
                    for publication in tables.build(warehouse, name, found.months):
                        assert not publication.months("failed")
        assert not plan.plan_rest(warehouse)
    print(json.dumps(costs))


@contextmanager
def _timed(costs: "Counter[str]", table: str) -> Iterator[None]:
    before = _cpu_seconds()
    yield
    costs[table] += _cpu_seconds() - before  # type: ignore[assignment]


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
