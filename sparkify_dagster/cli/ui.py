"""`sparkify ui` and `sparkify dashboard`."""

import subprocess
import sys
import webbrowser

from sparkify_dagster.cli.dagster_command import dagster_command, dagster_environment
from sparkify_dagster.cli.show import console
from sparkify_dagster.dashboard import write_dashboard
from sparkify_dagster.instance.home import dashboard_path, instance_home, workspace_file
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import open_warehouse


def open_ui(port: int) -> None:
    """Run Dagster's web server and daemon on the instance that `sparkify load` uses."""
    home = instance_home()
    console().print(f"Dagster: http://127.0.0.1:{port} (Ctrl-C ends it); its runs are in {home}")
    command = dagster_command("dev", "-w", str(workspace_file()), "-p", str(port))
    environment = dagster_environment(home)
    sys.exit(subprocess.call(command, env=environment))  # noqa: S603 - our own command


def open_dashboard(settings: Settings) -> None:
    """Write the dashboard anew and show it; where there is no browser, say where it is."""
    written = write_dashboard(open_warehouse(settings), dashboard_path())
    console().print(f"{written.path.as_uri()} ({written.size / 1e6:.1f} MB)", markup=False)
    webbrowser.open(written.path.as_uri())
