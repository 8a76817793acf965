"""Running `sparkify load` and scripts, with what they cost."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds from start to exit and of CPU, and the most memory in MB.

    `output` is what it printed.
    """

    seconds: float
    cpu: float
    peak_mb: float
    output: str = ""

    def __str__(self) -> str:
        return f"{self.seconds:7.1f} s   CPU {self.cpu:6.1f} s   {self.peak_mb:6,.0f} MB at most"


def sparkify(warehouse: str, folder: Path, *words: str) -> Cost:
    """Run a command of the project over a folder's source; return its cost."""
    environment = {
        **{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
        "SPARKIFY_SOURCE": str(folder / "source"),
        "SPARKIFY_WAREHOUSE": warehouse,
        "DAGSTER_HOME": str(folder / "dagster"),
    }
    return run([str(Path(sys.executable).with_name("sparkify")), *words], environment)


def run(words: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a Python script to its end; exits if it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(words)} failed:\n{output.decode()}")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(time.perf_counter() - began, cpu, usage.ru_maxrss / 1024, output.decode())


def steps(folder: Path) -> dict[str, float]:
    """Return the seconds that each step of the runs of a load took, by Dagster's own record."""
    import dagster as dg

    found: dict[str, float] = {}
    with dg.DagsterInstance.from_config(str(folder / "dagster")) as instance:
        run_id = instance.get_runs(limit=1)[0].run_id
        for step in instance.get_run_step_stats(run_id):
            found[step.step_key] = (step.end_time or 0) - (step.start_time or 0)
    return found
