"""Runs the real command `sparkify` in a process of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import sparkify_dagster
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse

ROOT = Path(sparkify_dagster.__file__).parents[1]
COMMAND = [sys.executable, "-c", "from sparkify_dagster.cli import main; main()"]
_KEPT = ("PATH", "LANG", "TMPDIR", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Ended:
    """How a command ended, and all that it printed, as one line of single blanks."""

    status: int
    said: str
    printed: str
    stdout: str


@dataclass(frozen=True)
class House:
    """A working directory, as a user's; source and warehouse lie in it unless settings differ."""

    folder: Path

    def environment(self, **settings: str) -> dict[str, str]:
        """Give a process's environment with these settings (SPARKIFY_ apart) and no others."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        given = {f"SPARKIFY_{name}": value for name, value in settings.items()}
        home = {"HOME": str(self.folder), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
        return {**kept, **home, "AWS_EC2_METADATA_DISABLED": "true", **given}

    def start(self, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
        """Start a command."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, *arguments: str, **settings: str) -> Ended:
        """Run a command to its end; whatever it says, it shows no traceback."""
        return ended(self.start(*arguments, **settings))

    @property
    def source(self) -> Path:
        """Where the source is, unless settings say otherwise."""
        return self.folder / "data/source"

    @property
    def warehouse(self) -> DuckDBWarehouse:
        """The warehouse that the command fills, unless settings say otherwise."""
        return DuckDBWarehouse(f"duckdb:///{self.folder}/data/sparkify.duckdb")

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Query the warehouse, not by the command."""
        return self.warehouse.read(sql).rows

    def runs(self) -> int:
        """Count the Dagster runs of all loads."""
        history = self.folder / "data/dagster/history/runs"
        return len([p for p in history.glob("*.db") if p.stem.count("-") == 4])


def ended(process: "subprocess.Popen[str]") -> Ended:
    """Wait for a command's end; whatever it says, it shows no traceback."""
    try:
        stdout, stderr = process.communicate(timeout=120)
    finally:
        process.kill()  # so that it does not work on beside the tests that follow
    printed = stdout + stderr
    assert "Traceback" not in printed, printed
    return Ended(process.returncode, " ".join(printed.split()), printed, stdout)
