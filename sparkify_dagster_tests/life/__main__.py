"""The long version, by one command."""

import argparse
import sys
import tempfile
from pathlib import Path

from sparkify_dagster_tests.life.engines import ENGINES
from sparkify_dagster_tests.life.life import Plan, live


def main() -> int:
    """Live, and say what came of it; 0 where the tables are those of a clean load."""
    parser = argparse.ArgumentParser(prog="python -m sparkify_dagster_tests.life")
    parser.add_argument("--engine", choices=sorted(ENGINES), default="duckdb")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--months", type=int, default=4)
    parser.add_argument("--events", type=int, default=600, help="events a month")
    options = parser.parse_args()
    plan = Plan(options.seed, options.months, options.events, options.kills)
    with tempfile.TemporaryDirectory(prefix="sparkify-life-") as name:
        folder = Path(name)
        with ENGINES[options.engine](folder) as engine:
            life = live(engine, folder, plan, lambda line: print(line, flush=True))
    print(
        f"{options.engine}, seed {options.seed}: {life.days} days, {life.kills} kills survived, "
        f"{life.loads} loads to the end, {life.seconds:,.0f} s"
    )
    print("; ".join(f"{table} {rows:,}" for table, rows in life.rows.items()))
    if life.pairs:
        print(f"{life.pairs} times two loads ran at once while others read")
    for what, found in life.faults.items():
        print(f"{what}: {found}")
    if not life.faults:
        print("every table is as a clean load of the final files leaves it")
    return 1 if life.faults else 0


if __name__ == "__main__":
    sys.exit(main())
