"""A disk that is full ends the load, and nothing that was published is lost."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster_tests.cli.command import House
from sparkify_dagster_tests.cli.sources import small_source

# In a namespace of its own, a user may mount a small disk.
NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
SCRIPT = """
set -u
sparkify() { "$PYTHON" -c 'from sparkify_dagster.cli import main; main()' "$@" 2>&1; }
disk() { mount -t tmpfs "$@" tmpfs disk; }
mkdir disk && disk -o size=64M || exit 77
SPARKIFY_SOURCE=few sparkify load > first; echo $?
used=$(du -k disk/w.duckdb | cut -f1)
mount -o remount,size=$((used + 512))k disk
cp -r few/. many
sparkify query 'SELECT COUNT(*) AS plays FROM songplays' --format csv
mv few old && mv many few
SPARKIFY_SOURCE=few sparkify load > full; echo $?
sparkify query 'SELECT COUNT(*) AS plays FROM songplays' --format csv
mount -o remount,size=256M disk
SPARKIFY_SOURCE=few sparkify load > last; echo $?
"""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is not there")
def test_a_full_disk_ends_the_load_with_one_message_and_what_was_published_stays(
    tmp_path: Path,
) -> None:
    """Found by trying: before the fix, the message came twice, in DuckDB's words."""
    house = House(tmp_path)
    small_source(tmp_path / "few")
    simulation = Simulation(seed=1, months=1, events_per_month=30_000, users=50, songs=20)
    simulate(simulation, tmp_path / "many")
    run = subprocess.run(
        [*NAMESPACE, SCRIPT],
        cwd=tmp_path,
        env={**house.environment(WAREHOUSE="duckdb:///disk/w.duckdb"), "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "mount" in run.stderr or "unshare" in run.stderr or run.returncode == 77:
        pytest.skip(f"no disk can be mounted: {run.stderr}")
    assert run.stdout.split() == ["0", "plays", "1", "1", "plays", "1", "0"], run.stdout
    full = (tmp_path / "full").read_text()
    assert "Traceback" not in full
    naming = [line for line in full.splitlines() if f"{tmp_path}/disk" in line]
    assert len(naming) == 1, full
    assert "is full: free some space, and load again" in naming[0]
