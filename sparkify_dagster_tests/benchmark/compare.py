"""`sparkify load` beside a plain script, and beside dbt: seconds from process start to exit.

Each is run a few times in turns, since machines are not evenly fast, and the median is shown. The
plain script builds the star and no analytics, so these and the dashboard are taken out of the
load's time before the two are compared, and shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sparkify_dagster.models import catalogue
from sparkify_dagster.partitions import months_between
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster_tests.benchmark.engines import Engine
from sparkify_dagster_tests.benchmark.rows import Figure
from sparkify_dagster_tests.benchmark.run import Cost, run, sparkify, steps

_FIRST = "2018-11"
_DBT_SCRIPT = str(Path(__file__).with_name("dbt_build.py"))


@dataclass(frozen=True)
class Load:
    """A `sparkify load`, and the seconds of its steps."""

    cost: Cost
    steps: Mapping[str, float]

    @property
    def analytics(self) -> float:
        """The seconds that its analytics and the dashboard took."""
        return sum(seconds for step, seconds in self.steps.items() if _is_analytics(step))

    @property
    def star(self) -> float:
        """The seconds of all the rest, which is what the plain script does."""
        return self.cost.seconds - self.analytics


@dataclass(frozen=True)
class Round:
    """A load, the plain script right before it, and dbt right after it if there is one."""

    plain: Cost
    load: Load
    dbt: Cost | None

    @property
    def ratio(self) -> float:
        """How many times the plain script's time the star took."""
        return self.load.star / self.plain.seconds


def measure(
    engine: Engine, folder: Path, simulation: Simulation, rounds: int, dbt: str
) -> list[Figure]:
    """Time the load and what it is compared with; print both, return what has a limit."""
    written = simulate(simulation, folder / "source")
    print(
        f"{engine.name}: {simulation.months} months x {simulation.events_per_month:,} events and "
        f"{simulation.songs:,} song files: {written.files:,} files, {written.bytes / 1e6:,.0f} MB"
    )
    for path in folder.rglob("*.json"):
        path.read_bytes()  # so that neither side pays for a cold disk
    done = [_round(engine, folder, dbt) for _ in range(rounds)]
    middle = sorted(done, key=lambda one: one.ratio)[rounds // 2]
    _show(middle)
    print(f"  nothing new            {sparkify(engine.warehouse, folder, 'load')}")
    return _figures(engine, middle, done)


def _round(engine: Engine, folder: Path, dbt: str) -> Round:
    plain = run(engine.plain_script(folder / "source"))
    engine.settle()
    engine.empty_warehouse()
    load = Load(sparkify(engine.warehouse, folder, "load"), steps(folder))
    engine.settle()
    peer = None
    if dbt:
        database = folder / "dbt.duckdb"
        database.unlink(missing_ok=True)
        peer = run([_DBT_SCRIPT, str(folder / "source"), str(database), dbt])
        engine.settle()
    print(
        f"  plain script {plain.seconds:6.1f} s   sparkify load {load.cost.seconds:6.1f} s   "
        f"without analytics {load.star / plain.seconds:.2f} times"
        + (f"   dbt {peer.seconds:6.1f} s" if peer else ""),
        flush=True,
    )
    return Round(plain, load, peer)


def _show(one: Round) -> None:
    print("the median of these")
    print(f"  plain script           {one.plain}")
    print(f"  sparkify load          {one.load.cost}")
    if one.dbt:
        print(f"  dbt build              {one.dbt}")
    for step, seconds in sorted(one.load.steps.items(), key=lambda item: -item[1])[:8]:
        print(f"    {step:<24}{seconds:6.2f} s")
    rest = one.load.cost.seconds - sum(one.load.steps.values())
    print(f"    {'outside the steps':<24}{rest:6.2f} s")


def _figures(engine: Engine, middle: Round, done: list[Round]) -> list[Figure]:
    allowed = engine.allowed_seconds + engine.allowed_ratio * middle.plain.seconds
    limit = f"{engine.allowed_seconds:.0f} s + {engine.allowed_ratio} x plain script"
    found = [
        Figure(
            f"{engine.name}: load without analytics ({limit})",
            round(middle.load.star, 1),
            round(allowed, 1),
            " s",
        )
    ]
    if engine.name == "postgres":
        share = middle.load.analytics / middle.load.star
        found.append(Figure("postgres: analytics, beside the rest", round(share, 2), 0.5, "x"))
    ratios = [one.load.cost.seconds / one.dbt.seconds for one in done if one.dbt]
    if ratios:
        found.append(
            Figure("duckdb: load with everything, beside dbt", round(median(ratios), 2), 0.8, "x")
        )
    if engine.name == "duckdb":
        peak = round(middle.load.cost.peak_mb)
        found.append(Figure("duckdb: peak memory of the load", peak, 700, " MB"))
    return found


def measure_history(engine: Engine, folder: Path, months: int) -> list[Figure]:
    """Time the second month, and the last one after all others."""
    simulate(Simulation(1, _FIRST, months, 20_000, 2_000, 2_000), folder / "source")
    names = months_between(_FIRST, "2099-12")[:months]
    engine.empty_warehouse()
    sparkify(engine.warehouse, folder, "load", "--month", names[0])
    second = _month(engine, folder, names[1])
    between = [part for name in names[2:-1] for part in ("--month", name)]
    sparkify(engine.warehouse, folder, "load", *between)
    last = _month(engine, folder, names[-1])
    print(f"{engine.name}: a history of {months} months x 20,000 events")
    for name, month in (("month 2", second), (f"month {months}", last)):
        print(f"  {name:<22} {month.cost}, of which {month.analytics:.1f} s analytics, dashboard")
    ratio = round(last.star / second.star, 2)
    return [Figure(f"{engine.name}: month {months}, beside month 2", ratio, 1.2, "x")]


def _month(engine: Engine, folder: Path, name: str) -> Load:
    cost = sparkify(engine.warehouse, folder, "load", "--month", name)
    return Load(cost, steps(folder))


def _is_analytics(step: str) -> bool:
    model = catalogue.models().get(step)
    return step == "dashboard" or (model is not None and model.layer == "analytics")
