"""Fuzz the loader: `python -m sparkify_dagster_tests.fuzz --cases 10000`."""

import argparse
import time

from hypothesis import HealthCheck, given, seed, settings

from sparkify_dagster.lake import datasets
from sparkify_dagster_tests.fuzz.cases import check
from sparkify_dagster_tests.fuzz.trees import Node, trees


def main() -> None:
    """Read so many generated sources; stop on the first that is read wrong."""
    parser = argparse.ArgumentParser(prog="python -m sparkify_dagster_tests.fuzz")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=None, help="the same seed gives the same cases")
    arguments = parser.parse_args()
    number = arguments.seed if arguments.seed is not None else int(time.time())
    for dataset in (datasets.events(), datasets.songs()):
        begun = time.monotonic()
        _run(dataset, arguments.cases // 2, number)
        seconds = time.monotonic() - begun
        print(f"{dataset.folder}: {arguments.cases // 2} sources, seed {number}, {seconds:.0f} s")


def _run(dataset: datasets.Dataset, cases: int, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(trees(dataset))
    def run(nodes: list[Node]) -> None:
        check(dataset, nodes)

    run()


if __name__ == "__main__":
    main()
