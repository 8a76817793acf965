"""What `dg` writes into the project is part of the code location."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.long


def _dg(folder: Path, *words: str) -> str:
    command = Path(sys.executable).with_name("dg")
    done = subprocess.run(
        [str(command), *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "DAGSTER_HOME": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_asset_that_dg_scaffolds_is_listed_beside_those_of_the_project(tmp_path: Path) -> None:
    """Found by trying: `dg scaffold defs` failed in the layout of the first version."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("sparkify_dagster", "sql"):
        shutil.copytree(_ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "workspace.yaml"):
        shutil.copy(_ROOT / name, folder)
    _dg(folder, "scaffold", "defs", "dagster.asset", "my_asset.py")
    assert (folder / "sparkify_dagster/defs/my_asset.py").exists()
    listed = json.loads(_dg(folder, "list", "defs", "--json"))
    names = {asset["asset_key"] for asset in listed["assets"]}
    assert {"my_asset", "songplays", "redshift_cluster"} <= names
