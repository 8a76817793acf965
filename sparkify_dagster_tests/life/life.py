"""Living: days pass, loads run and are killed, and at the end the tables are compared."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sparkify_dagster.models import catalogue, contract
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Transaction, open_warehouse
from sparkify_dagster_tests.life.company import Company
from sparkify_dagster_tests.life.engines import CLEAN, LIVED, Engine
from sparkify_dagster_tests.life.readers import Readers
from sparkify_dagster_tests.life.sent import sent_twice

Tables = dict[str, list[tuple[Any, ...]]]

_COMMAND = (sys.executable, "-c", "from sparkify_dagster.cli import main; main()", "load")
_ROOT = Path(contract.__file__).parents[2]
# These depend on when a load ran, and on how many there were.
_OF_THE_LOADS = {"loaded_at", "change_number"}
_COMPARED = (*catalogue.models(), "loaded_files", "rejected_records")
_DISTURBED = 0.2
_TO_THE_END = 0.25


@dataclass(frozen=True)
class Plan:
    """How to live: `kills` are spread over the days, some of which pass without a load."""

    seed: int
    months: int
    events_per_month: int
    kills: int
    days_a_visit: int = 1


@dataclass
class Life:
    """What came of it; `differing` names the tables that are not those of a clean load.

    On the stand-in, `pairs` counts the loads that ran two at once, `sent_twice` names what these
    sent more than once, and `waited` the tables for which a reader waited.
    """

    kills: int = 0
    loads: int = 0
    pairs: int = 0
    deadlocks: int = 0
    sent_twice: list[str] = field(default_factory=list)
    waited: list[str] = field(default_factory=list)
    days: int = 0
    seconds: float = 0.0
    differing: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def faults(self) -> dict[str, object]:
        """What should not have happened, by what it is."""
        found = {
            "tables that are not as a clean load leaves them": self.differing,
            "deadlocks": self.deadlocks,
            "sent twice": self.sent_twice,
            "readers waited for": sorted({*self.waited}),
        }
        return {what: value for what, value in found.items() if value}


def live(engine: Engine, folder: Path, plan: Plan, report: Callable[[str], None]) -> Life:
    """Live through a plan and compare the tables with those of a clean load."""
    began = time.monotonic()
    life = Life()
    simulated = folder / "simulated"
    company = Company(engine.place, simulated, plan.seed, plan.months, plan.events_per_month)
    visits = max(1, len(list(simulated.glob("log_data/*/*/*"))) // plan.days_a_visit)
    with closing(Readers(engine.servers.get(LIVED))) as readers:
        loader = _Loader(engine, folder, company, plan, life, readers, report)
        for deeds in company.days():
            life.days += 1
            report(f"day {life.days}: {'; '.join(deeds)}")
            if life.days % plan.days_a_visit == 0:
                loader.visit(plan.kills * min(life.days // plan.days_a_visit, visits) // visits)
        loader.load_lived()
        life.deadlocks = readers.deadlocks()
    life.waited = readers.waited
    lived = read_tables(loader.environment(LIVED))
    loader.load(CLEAN)
    clean = read_tables(loader.environment(CLEAN))
    life.differing = [name for name in clean if clean[name] != lived[name]]
    life.rows = {name: len(rows) for name, rows in lived.items()}
    life.seconds = time.monotonic() - began
    return life


class _Loader:
    """Runs `sparkify load` as people do, in a process of its own, and kills it."""

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        company: Company,
        plan: Plan,
        life: Life,
        readers: Readers,
        report: Callable[[str], None],
    ) -> None:
        self._engine = engine
        self._folder = folder
        self._company = company
        self._random = random.Random(f"{plan.seed} killer")
        self._life = life
        self._readers = readers
        self._report = report
        self._usual_seconds = 3.0

    def environment(self, name: str) -> dict[str, str]:
        """Give the environment that loads the company's files into a warehouse."""
        return {
            **os.environ,
            "PYTHONPATH": str(_ROOT),
            "SPARKIFY_SOURCE": self._engine.place.location,
            "SPARKIFY_MAX_REJECTS": "1000",
            **self._engine.environment(name),
        }

    def visit(self, kills: int) -> None:
        """Load until so many loads were killed in all; sometimes to the end."""
        self._readers.begin()
        while self._life.kills < kills:
            self._kill_one()
        if self._random.random() < _TO_THE_END:
            self.load_lived()

    def load_lived(self) -> None:
        """Load to the end; while somebody reads, by two loads at once, as of two machines."""
        self._readers.begin()
        if not self._readers.present:
            self.load(LIVED)
            return
        with self._engine.servers[LIVED].recording() as recording:
            pair = [self._start(LIVED, home) for home in (LIVED, "second")]
            outputs = [process.communicate()[0] for process in pair]
        for process, output in zip(pair, outputs, strict=True):
            _refuse_failed(process, output)
        twice = sent_twice(recording)
        self._report(f"  two loads at once; sent twice: {', '.join(twice) or 'nothing'}")
        self._life.pairs += 1
        self._life.sent_twice += twice

    def load(self, name: str) -> None:
        """Load to the end."""
        began = time.monotonic()
        process = self._start(name)
        output, _ = process.communicate()
        _refuse_failed(process, output)
        self._life.loads += 1
        if "Nothing new" not in output:
            self._usual_seconds = 0.7 * self._usual_seconds + 0.3 * (time.monotonic() - began)

    def _kill_one(self) -> None:
        process = self._start(LIVED)
        after = self._random.uniform(0.25, 1.0) * self._usual_seconds
        began = time.monotonic()
        if self._random.random() < _DISTURBED:
            time.sleep(after / 2)
            self._report(f"  meanwhile: {self._company.disturb()}")
        try:
            output, _ = process.communicate(timeout=max(0, after - (time.monotonic() - began)))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            self._life.kills += 1
            self._report(f"  kill {self._life.kills} after {after:.2f} s")
            return
        # It was done before it was to die; a file that changes all the time may fail it.
        self._life.loads += 1
        self._report(f"  a load ended by itself with {process.returncode}")
        if process.returncode:
            self._report(output)
        else:
            self._company.disturb()

    def _start(self, name: str, home: str = "") -> "subprocess.Popen[str]":
        """Start a load into a warehouse, with an instance of its own unless named otherwise."""
        return subprocess.Popen(
            _COMMAND,
            env={
                **self.environment(name),
                "DAGSTER_HOME": str(self._folder / f"dagster-{home or name}"),
            },
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def _refuse_failed(process: "subprocess.Popen[str]", output: str) -> None:
    if process.returncode:
        raise AssertionError(f"sparkify load ended with {process.returncode}:\n{output}")


def read_tables(environment: Mapping[str, str]) -> Tables:
    """Read all tables of data, the files and the rejects, without what depends on the loads."""
    warehouse = open_warehouse(Settings.from_environment(environment))
    columns = {
        name: ", ".join(c for c in contract.table(name).column_names if c not in _OF_THE_LOADS)
        for name in _COMPARED
    }

    def read(tx: Transaction) -> Tables:
        queries = {name: f"SELECT {columns[name]} FROM {name}" for name in columns}
        return {name: sorted(tx.query(sql), key=repr) for name, sql in queries.items()}

    return warehouse.transact(read)
