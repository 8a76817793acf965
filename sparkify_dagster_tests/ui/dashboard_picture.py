"""The picture of the dashboard in docs/: `python -m sparkify_dagster_tests.ui.dashboard_picture`.

Its data are six simulated months.
"""

import tempfile
from pathlib import Path

from sparkify_dagster.dashboard import write_dashboard
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster_tests.chromium import launched
from sparkify_dagster_tests.loading.driver import load, warehouse_at

_DOCS = Path(__file__).parents[2] / "docs"


def take(folder: Path) -> None:
    """Simulate, load, and take the picture; the folder is for what is needed on the way."""
    simulate(Simulation(months=6, events_per_month=20_000), folder / "source")
    warehouse = warehouse_at(folder / "warehouse.duckdb")
    load(warehouse, folder / "source")
    written = write_dashboard(warehouse, folder / "dashboard.html")
    with launched() as browser:
        page = browser.new_page(viewport={"width": 1500, "height": 900}, color_scheme="light")
        page.goto(written.path.as_uri())
        page.wait_for_selector("[data-drawn]", state="attached")
        page.screenshot(path=_DOCS / "dashboard.png")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        take(Path(place))
