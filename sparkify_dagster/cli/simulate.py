"""`sparkify simulate`."""

import time
from pathlib import Path

from sparkify_dagster.cli.show import console, following
from sparkify_dagster.progress import report
from sparkify_dagster.simulator import Simulation, simulate


def simulate_source(simulation: Simulation, folder: Path) -> None:
    """Write a simulated source and say what was written."""
    began = time.monotonic()
    with following():
        written = simulate(
            simulation,
            folder,
            lambda done, total: report(f"simulating {folder}", min(done, total), total, "events"),
        )
    console().print(
        f"Simulated {written.events:,} events ({written.next_songs:,} plays) and "
        f"{written.songs:,} songs in {folder}: {written.files:,} files, "
        f"{written.bytes / 1e6:,.1f} MB, {time.monotonic() - began:.1f} s"
    )
