"""Hostile files are loaded by a process of their own, whose memory and disk are measured.

`SPARKIFY_TEST_LINE=5000000000 python -m pytest sparkify_dagster_tests/hostile/test_files.py` tries
endless lines of 5 GB.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from sparkify_dagster.lake import limits
from sparkify_dagster_tests.hostile.files import GOOD, MIB, Payload, payloads
from sparkify_dagster_tests.hostile.limited_load import MEMORY_LIMIT_MIB

LINE = int(os.environ.get("SPARKIFY_TEST_LINE", str(64 * MIB)))
FREE_EXPANSION = 32 * MIB  # less than for a load, so that the test is quick


def write_sources(folder: Path) -> dict[str, Payload]:
    """Write a month for each payload, and a good month after the last one."""
    months = {}
    for number, payload in enumerate(payloads(LINE)):
        month = f"{2018 + number // 12}-{number % 12 + 1:02}"
        path = folder / "log_data" / month.replace("-", "/") / payload.name
        path.parent.mkdir(parents=True)
        if payload.link:
            path.symlink_to(payload.link)
        else:
            path.write_bytes(payload.content)
        (path.parent / "good.json").write_bytes(GOOD)
        months[month] = Payload(payload.name, payload.outcome, link=payload.link)
    return months


def test_every_hostile_file_costs_its_own_month_within_bounds(tmp_path: Path) -> None:
    """Found by a review: 14 MB wrote 3 GB into TMPDIR, and a link put a secret into rejects."""
    months = write_sources(tmp_path / "source")
    (tmp_path / "tmp").mkdir()
    secret = "not-for-the-warehouse"
    command = [sys.executable, "-m", "sparkify_dagster_tests.hostile.limited_load"]
    run = subprocess.run(
        [*command, str(tmp_path / "source"), str(FREE_EXPANSION)],
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp"), "A_SECRET": secret},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert secret not in run.stdout + run.stderr
    found = json.loads(run.stdout)
    for number, (month, payload) in enumerate(months.items()):
        outcome = found["outcomes"][month]
        path = f"log_data/{month.replace('-', '/')}/{payload.name}"
        if payload.outcome == "broken":
            assert path in outcome, (number, payload, outcome)
        else:
            # Each good event of the payloads lies in November 2018, so all others are rejects.
            assert outcome in ("rejects", "good"), (number, payload, outcome)
    assert found["memory"] < MEMORY_LIMIT_MIB + 1024
    assert found["disk"] < limits.TEMPORARY_BYTES // MIB
    assert not [*(tmp_path / "tmp").iterdir()]
