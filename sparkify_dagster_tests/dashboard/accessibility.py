"""axe-core, the library that checks pages for barriers, from npm at test time."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

_VERSION = "4.11.0"
_SHA512 = "ilYanEU8vxxBexpJd8cWM4ElSQq4QctCLKih0TSfjIfCQTeyH/6zVrmIJfLPrKTKJRbiG+cfnZbQIjAlJmF1jQ=="


@cache
def axe_script() -> str:
    """Return the script of axe-core; without npm or network, the test is skipped."""
    if shutil.which("npm") is None:
        pytest.skip("no npm on this machine, which fetches axe-core")
    with TemporaryDirectory() as name:
        words = ["npm", "pack", f"axe-core@{_VERSION}", "--silent", "--pack-destination", name]
        done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=120)
        if done.returncode:
            pytest.skip(f"npm cannot fetch axe-core {_VERSION}: {done.stderr[:200]}")
        package = Path(name) / f"axe-core-{_VERSION}.tgz"
        digest = hashlib.sha512(package.read_bytes()).digest()
        assert base64.b64encode(digest).decode() == _SHA512
        with tarfile.open(package) as archive:
            script = archive.extractfile("package/axe.min.js")
            assert script
            return script.read().decode()
