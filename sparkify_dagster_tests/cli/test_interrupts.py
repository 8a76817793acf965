"""Ctrl-C that comes at a moment when Python can raise nothing."""

import subprocess
import sys
import time

import pytest

from sparkify_dagster_tests.cli.command import House, ended

# The command `wait` is interrupted in the callback of a weak reference, then waits to be ended.
_WAITING = """
import contextlib, signal, sys, threading, weakref
from sparkify_dagster.cli import cli, main

class Collected:
    pass

@cli.command()
def wait():
    collected = Collected()
    reference = weakref.ref(collected, lambda _: signal.raise_signal(signal.SIGINT))
    with {within}:
        del collected
        print("went on", flush=True)
        threading.Event().wait(60)
        print("was never ended")

{begin}
"""
_COMMAND = "sys.argv = ['sparkify', 'wait']; main()"
_RUN = """
from dagster import DagsterExecutionInterruptedError, raise_execution_interrupts
sys.argv = ['sparkify', 'wait']
try:
    main()
except DagsterExecutionInterruptedError:
    sys.exit(131)
"""


@pytest.mark.parametrize(
    ("within", "begin", "status"),
    [
        pytest.param("contextlib.nullcontext()", _COMMAND, 130, id="command"),
        pytest.param("raise_execution_interrupts()", _RUN, 131, id="run"),
    ],
)
def test_an_interruption_that_python_ignores_ends_the_command_all_the_same(
    house: House, within: str, begin: str, status: int
) -> None:
    """Found by CI: Ctrl-C during garbage collection was printed, and the load went on to its end.

    Within a run Dagster turns it into an exception of its own, which was ignored likewise.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", _WAITING.format(within=within, begin=begin)],
        cwd=house.folder,
        env=house.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    began = time.monotonic()
    result = ended(process)
    assert time.monotonic() - began < 30
    assert result.status == status, result.printed
    assert "went on" in result.said
    assert "was never ended" not in result.said


def test_other_errors_that_python_ignores_are_told_as_ever(house: House) -> None:
    script = """
from sparkify_dagster.cli.interrupts import heed_ignored_interrupts
heed_ignored_interrupts()
class Broken:
    def __del__(self):
        raise ValueError("result")
Broken()
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=house.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ValueError: result" in done.stderr
