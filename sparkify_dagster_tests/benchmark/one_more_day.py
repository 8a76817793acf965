"""`python -m sparkify_dagster_tests.benchmark.one_more_day`: what one more day costs.

A month of days is loaded into a DuckDB file, and then one more day of it; beside that, the same
day and all songs are loaded into an empty warehouse. Prints CPU seconds, which other work on the
machine changes little, and the seconds of the tables that are built in full.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from sparkify_dagster.models import catalogue
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster_tests.benchmark.run import Cost, sparkify, steps

_FIRST = "2018-11"


def main() -> None:
    """Run it, and print the two costs and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--events", type=int, default=100_000, help="events a day")
    parser.add_argument("--songs", type=int, default=2_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sparkify-benchmark-") as name:
        folder = Path(name)
        month = folder / "month" / "source"
        events = arguments.days * arguments.events
        simulate(Simulation(0, _FIRST, 1, events, events // 250, arguments.songs), month)
        last = max(month.glob("log_data/*/*/*.json"))
        day = folder / "day" / "source"
        shutil.copytree(month / "song_data", day / "song_data")
        target = day / last.relative_to(month)
        target.parent.mkdir(parents=True)
        last.rename(target)
        whole = _load(month.parent)
        shutil.copy(target, last)
        more = _load(month.parent)
        alone = _load(day.parent)
    print(f"DuckDB: a month of {arguments.days} days x {arguments.events:,} events")
    for text, (cost, full) in (
        ("the month without a day", whole),
        ("that day, added to it", more),
        ("that day and all songs, alone", alone),
    ):
        print(f"  {text:<30} {cost}, of which {full:.1f} s tables built in full")
    print(
        f"  the added day costs {more[0].cpu / alone[0].cpu:.2f} times the day alone; without "
        f"the tables built in full "
        f"{(more[0].cpu - more[1]) / (alone[0].cpu - alone[1]):.2f} times"
    )


def _load(folder: Path) -> tuple[Cost, float]:
    """Load a folder's source into its warehouse; return the cost, and that of the full tables."""
    cost = sparkify(f"duckdb:///{folder}/warehouse.duckdb", folder, "load")
    full = {m.name for m in catalogue.models().values() if m.select and not m.windowed}
    return cost, sum(seconds for step, seconds in steps(folder).items() if step in full)


if __name__ == "__main__":
    main()
