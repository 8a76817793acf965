"""`python -m sparkify_dagster_tests.benchmark`: what loads cost, beside what they may cost.

Compares in one run, on one machine: `sparkify load` with a plain script and, if `--dbt` names the
command of an environment that has dbt-core and dbt-duckdb, with `dbt build`; the same on
PostgreSQL; the last month of a long history with the second; one more day of a month with that
day alone; and the statements that loads send to Redshift, over the stand-in.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sparkify_dagster.simulator import Simulation
from sparkify_dagster_tests.benchmark import compare, engines, one_more_day, statements
from sparkify_dagster_tests.benchmark.rows import Figure, show

_FIRST = "2018-11"


def main() -> None:
    """Run all comparisons, and print the figures that have a limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--events", type=int, default=100_000, help="events a month")
    parser.add_argument("--songs", type=int, default=15_000)
    parser.add_argument("--rounds", type=int, default=3, help="how often each is timed")
    parser.add_argument("--history", type=int, default=60, help="months of the history; 0: none")
    parser.add_argument("--dbt", default="", help="the command dbt of an environment of its own")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    for name in ("duckdb", "postgres"):
        figures += _engine(name, arguments)
    figures += one_more_day.measure()
    figures += statements.measure()
    show(figures)


def _engine(name: str, arguments: argparse.Namespace) -> list[Figure]:
    months, events, songs = arguments.months, arguments.events, arguments.songs
    users = max(200, months * events // 250)
    simulation = Simulation(0, _FIRST, months, events, users, songs)
    dbt = arguments.dbt if name == "duckdb" else ""
    with _folder() as folder, engines.engine(name, folder) as engine:
        figures = compare.measure(engine, folder, simulation, arguments.rounds, dbt)
    if arguments.history:
        with _folder() as folder, engines.engine(name, folder) as engine:
            figures += compare.measure_history(engine, folder, arguments.history)
    return figures


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sparkify-benchmark-") as name:
        yield Path(name)


if __name__ == "__main__":
    main()
