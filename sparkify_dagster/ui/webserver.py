"""Dagster's web server behind the guard: `python -m sparkify_dagster.ui.webserver PORT WORKSPACE`.

Dagster's command has no option for a middleware. It gives its app to `uvicorn.run`; the app is
wrapped there. `sparkify ui` checks that requests are refused before it shows the address, so a
version of Dagster that starts its server in another way is noticed and not used.
"""

import sys
from importlib.metadata import entry_points
from typing import Any

import uvicorn

from sparkify_dagster.ui.guard import Guard, local_hosts

_CLOSING_SECONDS = 5  # for pages that are open


def serve(port: int, workspace: str) -> None:
    """Serve Dagster's pages on this machine alone, until the process is stopped."""
    run = uvicorn.run

    def run_guarded(app: Any, **options: Any) -> None:  # noqa: ANN401 - uvicorn's
        options |= {"timeout_graceful_shutdown": _CLOSING_SECONDS}
        run(Guard(app, local_hosts(port)), **options)

    uvicorn.run = run_guarded
    [command] = entry_points(group="console_scripts", name="dagster-webserver")
    sys.argv = ["dagster-webserver", "-h", "127.0.0.1", "-p", str(port), "-w", workspace]
    command.load()()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
