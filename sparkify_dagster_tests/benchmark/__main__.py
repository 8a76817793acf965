"""`python -m sparkify_dagster_tests.benchmark`: `sparkify load` beside the plain script.

Prints, from one run on one machine: both times from process start to exit, a few times in turns,
since machines are not evenly fast; for the median, the ratio, the peak memory of each, and where
the time of the load goes; what a load with nothing new costs; and a late month of a long history
beside an early one. The plain script builds the star and no analytics, so these and the dashboard
are taken out of the load's time before the two are compared, and shown.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sparkify_dagster.models import catalogue
from sparkify_dagster.partitions import months_between
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster_tests.benchmark import engines
from sparkify_dagster_tests.benchmark.engines import Engine
from sparkify_dagster_tests.benchmark.run import Cost, run, sparkify, steps

_FIRST = "2018-11"


@dataclass(frozen=True)
class Load:
    """A `sparkify load`, and the seconds of its steps."""

    cost: Cost
    steps: Mapping[str, float]

    @property
    def answers(self) -> float:
        """The seconds that its analytics and the dashboard took."""
        return sum(seconds for step, seconds in self.steps.items() if _is_analytics(step))

    @property
    def star(self) -> float:
        """The seconds of all the rest, which is what the plain script does."""
        return self.cost.seconds - self.answers


@dataclass(frozen=True)
class Go:
    """A load, and the plain script right before it."""

    plain: Cost
    load: Load

    @property
    def ratio(self) -> float:
        """How many times the plain script's time the star took."""
        return self.load.star / self.plain.seconds


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("duckdb", "postgres"), default="duckdb")
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--events", type=int, default=100_000, help="events a month")
    parser.add_argument("--songs", type=int, default=15_000)
    parser.add_argument("--goes", type=int, default=3, help="how often both are timed")
    parser.add_argument("--history", type=int, default=60, help="months of the history; 0: none")
    arguments = parser.parse_args()
    with _folder() as folder, engines.engine(arguments.engine, folder) as engine:
        source = folder / "source"
        _simulate(arguments, engine, source)
        _compare(engine, folder, arguments.goes)
    if arguments.history:
        with _folder() as folder, engines.engine(arguments.engine, folder) as engine:
            _long_history(engine, folder, arguments.history)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sparkify-benchmark-") as name:
        yield Path(name)


def _simulate(arguments: argparse.Namespace, engine: Engine, source: Path) -> None:
    months, events, songs = arguments.months, arguments.events, arguments.songs
    users = max(200, months * events // 250)
    written = simulate(Simulation(0, _FIRST, months, events, users, songs), source)
    print(
        f"{engine.name}: {months} months x {events:,} events and {songs:,} song files: "
        f"{written.files:,} files, {written.bytes / 1e6:,.0f} MB"
    )
    for path in source.rglob("*.json"):
        path.read_bytes()  # so that neither side pays for a cold disk


def _compare(engine: Engine, folder: Path, goes: int) -> None:
    """Time both in turns, and print the go whose ratio is the median."""
    done = []
    for _ in range(goes):
        plain = run(engine.plain_script(folder / "source"))
        engine.settle()
        warehouse = engine.new_warehouse()
        load = Load(sparkify(warehouse, folder, "load"), steps(folder))
        engine.settle()
        done.append(Go(plain, load))
        print(
            f"  plain script {plain.seconds:6.1f} s   sparkify load {load.cost.seconds:6.1f} s   "
            f"without analytics {done[-1].ratio:.2f} times"
        )
    _tell(engine, sorted(done, key=lambda go: go.ratio)[goes // 2])
    print(f"  nothing new            {sparkify(warehouse, folder, 'load')}")


def _tell(engine: Engine, go: Go) -> None:
    load, allowed = go.load, engine.allowed_seconds + engine.allowed_ratio * go.plain.seconds
    print("the median of these")
    print(f"  plain script           {go.plain}")
    print(f"  sparkify load          {load.cost}")
    share = 100 * load.answers / load.star
    print(f"  analytics, dashboard   {load.answers:7.1f} s   {share:.0f} % of the rest")
    print(
        f"  the rest, {load.star:.1f} s, is {go.ratio:.2f} times the plain script; allowed "
        f"{engine.allowed_seconds:.0f} s + {engine.allowed_ratio} times = {allowed:.1f} s: "
        f"{'kept' if load.star <= allowed else 'MISSED'}"
    )
    for step, seconds in sorted(load.steps.items(), key=lambda item: -item[1])[:8]:
        print(f"    {step:<24}{seconds:6.2f} s")
    print(f"    {'outside the steps':<24}{load.cost.seconds - sum(load.steps.values()):6.2f} s")


def _long_history(engine: Engine, folder: Path, months: int) -> None:
    """Time the second month, and the last one after all others."""
    simulate(Simulation(1, _FIRST, months, 20_000, 2_000, 2_000), folder / "source")
    names, warehouse = months_between(_FIRST, "2099-12")[:months], engine.new_warehouse()
    sparkify(warehouse, folder, "load", "--month", names[0])
    second = _month(warehouse, folder, names[1])
    between = [part for name in names[2:-1] for part in ("--month", name)]
    sparkify(warehouse, folder, "load", *between)
    last = _month(warehouse, folder, names[-1])
    print(f"{engine.name}: a history of {months} months x 20,000 events")
    for name, month in (("month 2", second), (f"month {months}", last)):
        print(f"  {name:<22} {month.cost}, of which {month.answers:.1f} s analytics, dashboard")
    ratio = last.star / second.star
    print(f"  the last costs {ratio:.2f} times the second; allowed 1.2, without the analytics")


def _month(warehouse: str, folder: Path, name: str) -> Load:
    return Load(sparkify(warehouse, folder, "load", "--month", name), steps(folder))


def _is_analytics(step: str) -> bool:
    model = catalogue.models().get(step)
    return step == "dashboard" or (model is not None and model.layer == "analytics")


if __name__ == "__main__":
    main()
