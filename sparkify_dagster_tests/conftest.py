"""What all tests may use."""

import atexit
import os
import shutil
import signal
import tempfile

from sparkify_dagster_tests.engines import (
    new_warehouse,
    one_of_each,
    postgres_server,
    warehouse,
)

__all__ = ["new_warehouse", "one_of_each", "postgres_server", "warehouse"]

_TEMPORARY = "PYTEST_DEBUG_TEMPROOT"

# PostgreSQL runs as a user of its own and has to get through the folders above its data; the one
# that pytest shares between sessions is closed to others by each session that starts.
if _TEMPORARY not in os.environ:
    os.environ[_TEMPORARY] = tempfile.mkdtemp(prefix="sparkify-tests-")
    atexit.register(shutil.rmtree, os.environ[_TEMPORARY], ignore_errors=True)

# A shell that runs the tests in the background has them ignore Ctrl-C, as would what they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
