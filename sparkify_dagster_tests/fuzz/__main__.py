"""Fuzz the loader: `python -m sparkify_dagster_tests.fuzz --cases 10000 --engines 500`."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, seed, settings

from sparkify_dagster.lake import datasets
from sparkify_dagster_tests.fuzz.cases import check
from sparkify_dagster_tests.fuzz.engines import check_engines, loaders
from sparkify_dagster_tests.fuzz.trees import Node, trees


def main() -> None:
    """Read so many generated sources; stop on the first that is read wrong."""
    parser = argparse.ArgumentParser(prog="python -m sparkify_dagster_tests.fuzz")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=None, help="the same seed gives the same cases")
    parser.add_argument("--engines", type=int, default=0, help="how many all engines load")
    arguments = parser.parse_args()
    number = arguments.seed if arguments.seed is not None else int(time.time())
    for dataset in (datasets.events(), datasets.songs()):
        _run("parser and DuckDB", dataset, arguments.cases // 2, number, check)
    if not arguments.engines:
        return
    with TemporaryDirectory(prefix="sparkify-fuzz-") as name, loaders(Path(name)) as engines:
        for dataset in (datasets.events(), datasets.songs()):
            _run(
                "all engines",
                dataset,
                arguments.engines // 2,
                number,
                lambda dataset, nodes: check_engines(engines, dataset, nodes),
            )


def _run(
    title: str,
    dataset: datasets.Dataset,
    cases: int,
    number: int,
    check_one: Callable[[datasets.Dataset, list[Node]], None],
) -> None:
    begun = time.monotonic()

    @seed(number)
    @settings(
        max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(trees(dataset))
    def run(nodes: list[Node]) -> None:
        check_one(dataset, nodes)

    run()
    seconds = time.monotonic() - begun
    print(f"{title}, {dataset.folder}: {cases} sources, seed {number}, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
