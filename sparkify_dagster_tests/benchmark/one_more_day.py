"""What one more day costs, on DuckDB.

A month of days is loaded into a DuckDB file, and then one more day of it; beside that, the same
day and all songs are loaded into an empty warehouse. The figures are CPU seconds, which other work
on the machine changes little.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sparkify_dagster.models import catalogue
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster_tests.benchmark.rows import Figure, show
from sparkify_dagster_tests.benchmark.run import run, sparkify

_FIRST = "2018-11"


def measure(days: int = 30, events: int = 100_000, songs: int = 15_000) -> list[Figure]:
    """Load a month without its last day, then this day; and this day alone."""
    with tempfile.TemporaryDirectory(prefix="sparkify-benchmark-") as name:
        month, day = Path(name) / "month", Path(name) / "day"
        simulate(
            Simulation(0, _FIRST, 1, days * events, days * events // 250, songs), month / "source"
        )
        last = max((month / "source").glob("log_data/*/*/*.json"))
        shutil.copytree(month / "source/song_data", day / "source/song_data")
        target = day / last.relative_to(month)
        target.parent.mkdir(parents=True)
        last.rename(target)
        whole, whole_tables = _command(month), _by_table(month)
        shutil.copy(target, last)
        more, more_tables = _command(month), _by_table(month)
        alone, alone_tables = _command(day), _by_table(day)
    print(
        f"DuckDB: a month of {days} days x {events:,} events and {songs:,} song files, CPU seconds"
    )
    for text, cost, tables in (
        ("the month without a day", whole, whole_tables),
        ("that day, added to it", more, more_tables),
        ("that day and all songs, alone", alone, alone_tables),
    ):
        print(
            f"  {text:<30} {cost:5.1f} s; without Dagster {sum(tables.values()):5.1f} s, of which "
            f"{_all_history(tables):.1f} s tables over all of history"
        )
    rest = [sum(t.values()) - _all_history(t) for t in (more_tables, alone_tables)]
    return [
        Figure("one more day, beside the day alone", round(more / alone, 2), 2, "x"),
        Figure("... without tables over all of history", round(rest[0] / rest[1], 2), 1.3, "x"),
    ]


def _command(folder: Path) -> float:
    """Load a folder's source with the command; return the CPU seconds."""
    return sparkify(f"duckdb:///{folder}/command.duckdb", folder, "load").cpu


def _by_table(folder: Path) -> dict[str, float]:
    """Load a folder's source without Dagster; return the CPU seconds of each table."""
    words = ["-m", "sparkify_dagster_tests.benchmark.by_table"]
    cost = run([*words, str(folder / "source"), str(folder / "by_table.duckdb")])
    found: dict[str, float] = json.loads(cost.output)
    return found


def _all_history(tables: Mapping[str, float]) -> float:
    models = catalogue.models()
    return sum(
        seconds
        for name, seconds in tables.items()
        if models[name].layer == "analytics" and not models[name].windowed
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--events", type=int, default=100_000, help="events a day")
    parser.add_argument("--songs", type=int, default=15_000)
    show(measure(**vars(parser.parse_args())))
