"""Loads every month of a source, with limits on the process, and prints what became of each.

`python -m sparkify_dagster_tests.hostile.limited_load SOURCE FREE_EXPANSION` prints one JSON
object: the outcome of each month, the peak of memory, and the peak of temporary disk, in MB.
"""

import json
import os
import resource
import sys
import threading
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir

from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.lake import datasets, limits
from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster.lake.loader import stage
from sparkify_dagster.lake.staging import StagingTask
from sparkify_dagster_tests.lake.reading import staging

MEMORY_LIMIT_MIB = 256  # of DuckDB


def main() -> None:
    """Load the source named on the command line."""
    source, limits.FREE_EXPANSION = FolderSource(sys.argv[1]), int(sys.argv[2])
    largest_file = limits.BATCH_TEXT + limits.MIB
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    tx = staging(datasets.events())
    tx.execute(f"SET memory_limit = '{MEMORY_LIMIT_MIB}MiB'")
    tx.execute(f"SET temp_directory = '{gettempdir()}'")
    peak, done = [0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(peak, done))
    watcher.start()
    outcomes = {}
    try:
        for month, files in source.list_all().logs.items():
            try:
                staged = stage(StagingTask(source, datasets.events(), files, month, 100), tx)
                outcomes[month] = "rejects" if staged.rejects else "good"
            except SparkifyError as error:
                outcomes[month] = str(error)
    finally:
        done.set()
        watcher.join()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"outcomes": outcomes, "memory": memory, "disk": peak[0] // limits.MIB}))


def _watch(peak: list[int], done: threading.Event) -> None:
    """Note how much the temporary folder holds at most."""
    while not done.wait(0.02):
        peak[0] = max(peak[0], size_of(Path(gettempdir())))


def size_of(folder: Path) -> int:
    """Add up the files below a folder, of which some may be removed meanwhile."""
    size = 0
    for above, _, names in os.walk(folder):  # it skips folders that have gone, as rglob does not
        for name in names:
            with suppress(OSError):
                size += Path(above, name).stat().st_size
    return size


if __name__ == "__main__":
    main()
