"""Waiting for AWS, with progress and a limit."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sparkify_dagster.cluster.aws import ClusterError

_REPORT_SECONDS = 60


def _silent(_message: str) -> None:
    pass


@dataclass(frozen=True)
class Watch:
    """How long to wait, how often to look, and where to report.

    A cluster takes 3 to 15 minutes to be created or resumed; a large final snapshot takes longer.
    """

    progress: Callable[[str], None] = _silent
    limit_seconds: float = 45 * 60
    poll_seconds: float = 15

    def until(self, what: str, look: Callable[[], str], done: Callable[[str], bool]) -> None:
        """Look until the status is a wanted one; report each change, and once a minute.

        Raises ClusterError when the limit has passed.
        """
        began = reported_at = time.monotonic()
        reported = ""
        while not done(status := look()):
            now = time.monotonic()
            if now - began >= self.limit_seconds:
                raise ClusterError(
                    f"{what} is still {status} after {(now - began) / 60:.0f} minutes",
                    "look at it in the AWS console, or repeat the command, which continues",
                )
            if status != reported or now - reported_at >= _REPORT_SECONDS:
                self.progress(f"{what}: {status} ({now - began:.0f} s)")
                reported, reported_at = status, now
            time.sleep(self.poll_seconds)
        if reported:
            self.progress(f"{what}: {status} ({time.monotonic() - began:.0f} s)")
