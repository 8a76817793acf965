"""`sparkify ui` and `sparkify dashboard`."""

import webbrowser

from sparkify_dagster.cli.query import refuse_unloaded
from sparkify_dagster.cli.show import console
from sparkify_dagster.dashboard import publish_dashboard
from sparkify_dagster.instance.home import instance_home
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import open_warehouse


def open_ui(port: int) -> None:
    """Run Dagster's web server and daemon on the instance that `sparkify load` uses."""
    from sparkify_dagster.ui import processes

    home = instance_home()
    own = home / "workspace.yaml"
    console().print(f"Dagster starts; its runs are in {home}", markup=False)

    def ready() -> None:
        console().print(f"Dagster: http://127.0.0.1:{port} (Ctrl-C ends it)", markup=False)

    processes.run(home, port, own if own.exists() else None, ready)


def open_dashboard(settings: Settings) -> None:
    """Write the dashboard anew and show it; where there is no browser, say where it is."""
    warehouse = open_warehouse(settings)
    refuse_unloaded(warehouse)
    published = publish_dashboard(warehouse, settings.dashboard, instance_home())
    console().print(f"{published.link} ({published.summary.size / 1e6:.1f} MB)", markup=False)
    webbrowser.open(published.link)
