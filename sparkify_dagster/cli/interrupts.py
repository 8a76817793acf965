"""Ctrl-C that comes while Python runs what cannot raise: a finalizer, or a weak reference's call.

Python prints such an interruption and goes on as though nobody had asked for the end.
"""

import _thread
import contextlib
import signal
import sys
import threading
import time

# Dagster's own stands for Ctrl-C within a run; it is named, as importing Dagster takes a second.
_INTERRUPTIONS = ("KeyboardInterrupt", "DagsterExecutionInterruptedError")
_SECONDS = 0.05


def heed_ignored_interrupts() -> None:
    """Interrupt the main thread again, wherever Python would ignore that it was interrupted."""
    before = sys.unraisablehook

    def hook(ignored: "sys.UnraisableHookArgs") -> None:
        if ignored.exc_type.__name__ not in _INTERRUPTIONS:
            before(ignored)
            return
        # From here the interruption would be raised in this very function, and be ignored again.
        # A plain thread: those of `threading` take locks, which may be held where Python stands.
        with contextlib.suppress(RuntimeError):  # the interpreter ends anyway
            _thread.start_new_thread(_interrupt_soon, ())

    sys.unraisablehook = hook


def _interrupt_soon() -> None:
    time.sleep(_SECONDS)
    if hasattr(signal, "pthread_kill"):
        # A true signal, to that thread: it may wait for a lock, and interrupt_main() wakes nobody.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:  # Windows
        _thread.interrupt_main()
