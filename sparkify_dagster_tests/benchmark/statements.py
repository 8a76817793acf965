"""`python -m sparkify_dagster_tests.benchmark.statements`: what loads send to Redshift.

Counts statements, transactions that write, and different texts of kinds of loads, over the
stand-in. Each is a load of a new process's warehouse object, so that nothing is remembered.
"""

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import load as loading
from sparkify_dagster.settings import Settings
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster_tests.life import engines
from sparkify_dagster_tests.life.engines import LIVED
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.life import Lake, song

_FIRST = "2018-11"


def main() -> None:
    """Load a source that grows, and print what each load sent."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sparkify-count-")))
        engine = stack.enter_context(engines.redshift(folder))
        settings = Settings.from_environment(
            {**engine.environment(LIVED), "SPARKIFY_SOURCE": engine.place.location}
        )
        server = engine.servers[LIVED]
        simulate(Simulation(1, _FIRST, 4, 1_000, 40, 150), folder)
        logs = sorted(folder.glob("log_data/*/*/*.json"))
        last_month = [path for path in logs if path.parent.name == "02"]
        [*_, last_day] = [path for path in logs if path.parent.name == "01"]
        later = {path: path.read_text() for path in (last_day, *last_month)}
        for path in later:
            path.unlink()
        lake = Lake(engine.place.location)
        lake.put_folder(folder)
        _count(server, settings, "first load of 3 months")
        lake.put(str(last_day.relative_to(folder)), later[last_day])
        _count(server, settings, "one more day")
        unplayed = song(1, title="Nobody plays this", duration=1.5)
        lake.put("song_data/X/new.json", json.dumps(unplayed) + "\n")
        _count(server, settings, "one new song that nobody plays")
        for path in last_month:
            lake.put(str(path.relative_to(folder)), later[path])
        _count(server, settings, "one more month")
        _count(server, settings, "nothing new")


def _count(server: RedshiftStandIn, settings: Settings, name: str) -> None:
    warehouse = RedshiftWarehouse(settings, error_wait_seconds=5)
    with server.recording() as recorded:
        failed = loading.load(warehouse, open_source(settings.source), _FIRST)
    assert failed == []
    comments = sum("COMMENT ON" in one.text for one in recorded.received)
    print(
        f"{name:<32} {recorded.statements:5,} statements ({comments} of them comments on tables), "
        f"{recorded.writing_transactions:3} writing transactions, {recorded.texts:4} texts",
        flush=True,
    )


if __name__ == "__main__":
    main()
