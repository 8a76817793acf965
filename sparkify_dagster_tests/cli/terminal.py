"""Runs the command on a terminal of its own, of a given width."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Mapping

from sparkify_dagster_tests.cli.command import COMMAND, House

# What Rich writes itself: colours, the cursor's moves, and ends of lines.
OWN = re.compile(r"\x1b\[[0-9;?]*[mhlKA]|\r*\n|\r(?=\x1b)")


def on_terminal(
    house: House, *arguments: str, columns: int = 80, settings: Mapping[str, str] | None = None
) -> str:
    """Run a command on a terminal, and return all that reached it, as it came."""
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=house.folder,
        env={**house.environment(**(settings or {})), "TERM": "xterm-256color"},
        stdin=subprocess.DEVNULL,
        stdout=other,
        stderr=other,
    )
    os.close(other)
    shown = b""
    while True:
        try:
            block = os.read(main, 65536)
        except OSError:  # the terminal's other end is closed
            break
        if not block:
            break
        shown += block
    os.close(main)
    assert process.wait(60) >= 0
    return shown.decode()
