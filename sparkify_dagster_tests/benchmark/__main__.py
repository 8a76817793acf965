"""`python -m sparkify_dagster_tests.benchmark`: `sparkify load` beside the plain script.

Prints, from one run on one machine: both times from process start to exit, their ratio, the peak
memory of each, where the time of the load goes, what a load with nothing new costs, and a late
month of a long history beside an early one. The plain script builds the star and no analytics, so
these and the dashboard are taken out of the load's time before the two are compared, and shown.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from sparkify_dagster.loading.builds import ANALYTICS
from sparkify_dagster.partitions import months_between
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster.warehouse.embedded_postgres import EMPTY_DATABASE, start_server

_FIRST = "2018-11"
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds from start to exit, and its largest resident set in MB."""

    seconds: float
    peak_mb: float

    def __str__(self) -> str:
        return f"{self.seconds:7.1f} s   {self.peak_mb:6,.0f} MB at most"


@dataclass(frozen=True)
class Engine:
    """A warehouse in a folder, the plain script beside it, and what the load may take."""

    name: str
    warehouse: str
    plain: Sequence[str]
    allowed_seconds: float
    allowed_ratio: float


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("duckdb", "postgres"), default="duckdb")
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--events", type=int, default=100_000, help="events a month")
    parser.add_argument("--songs", type=int, default=15_000)
    parser.add_argument("--history", type=int, default=60, help="months of the history; 0: none")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sparkify-benchmark-") as name:
        folder = Path(name)
        engine = _engine(arguments.engine, folder)
        _compare(engine, folder, arguments.months, arguments.events, arguments.songs)
    if arguments.history:
        with tempfile.TemporaryDirectory(prefix="sparkify-benchmark-") as name:
            _long_history(_engine(arguments.engine, Path(name)), Path(name), arguments.history)


def _engine(name: str, folder: Path) -> Engine:
    source = str(folder / "source")
    if name == "duckdb":
        plain = [str(_HERE / "plain.py"), source, str(folder / "plain.db")]
        return Engine(name, f"duckdb:///{folder / 'sparkify.duckdb'}", plain, 4, 1.3)
    server = start_server(folder / "server")  # runs before either begins
    for database in ("plain", "sparkify"):
        _ask(server.get_uri(), f"CREATE DATABASE {database} {EMPTY_DATABASE}")
    plain = [str(_HERE / "plain_postgres.py"), source, server.get_uri("plain")]
    return Engine(name, server.get_uri("sparkify"), plain, 0, 1.5)


def _compare(engine: Engine, folder: Path, months: int, events: int, songs: int) -> None:
    source = folder / "source"
    users = max(200, months * events // 250)
    written = simulate(Simulation(0, _FIRST, months, events, users, songs), source)
    print(
        f"{engine.name}: {months} months x {events:,} events and {songs:,} song files: "
        f"{written.files:,} files, {written.bytes / 1e6:,.0f} MB"
    )
    _read_through(source)
    plain = _run(engine.plain)
    _write_out(engine)
    print(f"  plain script           {plain}")
    load = _sparkify(engine, folder, "load")
    print(f"  sparkify load          {load}")
    steps = _steps(folder)
    answers = _analytics_seconds(steps)
    star = load.seconds - answers
    print(f"  analytics, dashboard   {answers:7.1f} s   {100 * answers / star:.0f} % of the rest")
    allowed = engine.allowed_seconds + engine.allowed_ratio * plain.seconds
    print(
        f"  the rest is {star / plain.seconds:.2f} times the plain script; allowed "
        f"{engine.allowed_seconds:.0f} s + {engine.allowed_ratio} times = {allowed:.1f} s: "
        f"{'kept' if star <= allowed else 'MISSED'}"
    )
    for step, seconds in sorted(steps.items(), key=lambda item: -item[1])[:8]:
        print(f"    {step:<24}{seconds:6.2f} s")
    print(f"    {'outside the steps':<24}{load.seconds - sum(steps.values()):6.2f} s")
    print(f"  nothing new            {_sparkify(engine, folder, 'load')}")


def _long_history(engine: Engine, folder: Path, months: int) -> None:
    """Time the second month, and the last one after all others."""
    source = folder / "source"
    simulate(Simulation(1, _FIRST, months, 20_000, 2_000, 2_000), source)
    names = months_between(_FIRST, "2099-12")[:months]
    _sparkify(engine, folder, "load", "--month", names[0])
    second = _month(engine, folder, names[1])
    between = [part for name in names[2:-1] for part in ("--month", name)]
    _sparkify(engine, folder, "load", *between)
    last = _month(engine, folder, names[-1])
    print(f"{engine.name}: a history of {months} months x 20,000 events")
    for name, month in (("month 2", second), (f"month {months}", last)):
        print(f"  {name:<22} {month.whole}, of which {month.answers:.1f} s analytics, dashboard")
    ratio = (last.whole.seconds - last.answers) / (second.whole.seconds - second.answers)
    print(f"  the last costs {ratio:.2f} times the second; allowed 1.2, without the analytics")


@dataclass(frozen=True)
class Month:
    """What one month's load took, and the seconds of it that its analytics did."""

    whole: Cost
    answers: float


def _month(engine: Engine, folder: Path, name: str) -> Month:
    whole = _sparkify(engine, folder, "load", "--month", name)
    return Month(whole, _analytics_seconds(_steps(folder)))


def _sparkify(engine: Engine, folder: Path, *words: str) -> Cost:
    environment = {
        **{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
        "SPARKIFY_SOURCE": str(folder / "source"),
        "SPARKIFY_WAREHOUSE": engine.warehouse,
        "DAGSTER_HOME": str(folder / "dagster"),
    }
    return _run([str(Path(sys.executable).with_name("sparkify")), *words], environment)


def _run(words: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(words)} failed:\n{output.decode()}")
    return Cost(time.perf_counter() - began, usage.ru_maxrss / 1024)


def _steps(folder: Path) -> dict[str, float]:
    """Give the seconds that each step of the last run took, from Dagster's own record."""
    import dagster as dg

    with dg.DagsterInstance.from_config(str(folder / "dagster")) as instance:
        run = instance.get_runs(limit=1)[0]
        stats = instance.get_run_step_stats(run.run_id)
    return {s.step_key: (s.end_time or 0) - (s.start_time or 0) for s in stats}


def _analytics_seconds(steps: Mapping[str, float]) -> float:
    return sum(seconds for step, seconds in steps.items() if _is_analytics(step))


def _is_analytics(step: str) -> bool:
    return step.removeprefix("check_") in {*ANALYTICS, "dashboard"}


def _write_out(engine: Engine) -> None:
    """Have the disk take what the plain script wrote, lest the load wait for it."""
    if engine.name == "postgres":
        _ask(engine.warehouse, "CHECKPOINT")
    os.sync()


def _ask(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(statement)


def _read_through(source: Path) -> None:
    """Read every file once, so that neither side pays for a cold disk."""
    for path in source.rglob("*.json"):
        path.read_bytes()


if __name__ == "__main__":
    main()
