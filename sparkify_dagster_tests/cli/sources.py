"""A small source, and a process that holds a warehouse's file."""

import json
import subprocess
import sys
from pathlib import Path

from sparkify_dagster_tests.lake.reading import event, song, write


def lines(*records: object) -> bytes:
    """Write records as JSON lines."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def small_source(folder: Path) -> None:
    """Write a source of one event and one song."""
    write(folder, "log_data/2018/11/a.json", lines(event(userId="10", level="free")))
    write(folder, "song_data/A/a.json", lines(song()))


def holding(file: Path, seconds: float) -> "subprocess.Popen[str]":
    """Start a process that has a DuckDB file open for writing, and wait until it has."""
    code = (
        "import duckdb, sys, time\n"
        "held = duckdb.connect(sys.argv[1])\n"
        "print('open', flush=True)\n"
        "time.sleep(float(sys.argv[2]))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(file), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process
