"""`python -m sparkify_dagster_tests.benchmark.statements`: what loads send to Redshift.

Counts statements, transactions that write, and different texts of kinds of loads, over the
stand-in. Each is a load of a new process's warehouse object, so that nothing is remembered.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import load as loading
from sparkify_dagster.settings import Settings
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster_tests.benchmark.rows import Figure, show
from sparkify_dagster_tests.life import engines
from sparkify_dagster_tests.life.engines import LIVED
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.life import Lake, song

_FIRST = "2018-11"


@dataclass(frozen=True)
class Sent:
    """What a load sent; the comments of a table go in one message with its CREATE TABLE."""

    statements: int
    comments: int
    writing_transactions: int
    texts: int


@dataclass
class Account:
    """A source on S3 and a warehouse on the stand-in."""

    folder: Path
    lake: Lake
    server: RedshiftStandIn
    settings: Settings

    def load(self, name: str) -> Sent:
        """Load what is new, and print what that sent."""
        warehouse = RedshiftWarehouse(self.settings, error_wait_seconds=5)
        with self.server.recording() as recorded:
            failed = loading.load(warehouse, open_source(self.settings.source), _FIRST)
        assert failed == []
        comments = sum("COMMENT ON" in one.text for one in recorded.received)
        sent = Sent(recorded.statements, comments, recorded.writing_transactions, recorded.texts)
        print(
            f"  {name:<32} {sent.statements:5,} statements ({comments} of them comments), "
            f"{sent.writing_transactions:3} writing transactions, {sent.texts:4} texts",
            flush=True,
        )
        return sent


@contextmanager
def _account() -> Iterator[Account]:
    with tempfile.TemporaryDirectory(prefix="sparkify-count-") as name:
        folder = Path(name)
        with engines.redshift(folder) as engine:
            location = engine.place.location
            values = {**engine.environment(LIVED), "SPARKIFY_SOURCE": location}
            yield Account(
                folder, Lake(location), engine.servers[LIVED], Settings.from_environment(values)
            )


def measure() -> list[Figure]:
    """Load sources that grow, and return what the loads sent beside what they may send."""
    print("Redshift stand-in: 1,000 events a month, 150 song files")
    with _account() as account:
        later = _source(account, months=3, without_last_day=True)
        first = account.load("first load of 3 months")
        [(path, text)] = later.items()
        account.lake.put(path, text)
        day = account.load("one more day")
        unplayed = song(1, title="Nobody plays this", duration=1.5)
        account.lake.put("song_data/X/new.json", json.dumps(unplayed) + "\n")
        one_song = account.load("one new song that nobody plays")
        account.load("nothing new")
    with _account() as account:
        _source(account, months=4)
        longer = account.load("first load of 4 months")
    return [
        Figure("one more day: statements", day.statements, 300),
        Figure("... writing transactions", day.writing_transactions, 35),
        Figure("... different texts", day.texts, 150),
        Figure("one song that no play links to: statements", one_song.statements, 100),
        Figure("... writing transactions", one_song.writing_transactions, 12),
        Figure("... different texts", one_song.texts, 50),
        Figure("first load of 3 months: statements", first.statements, 600),
        Figure(
            "... without comments, which cost no round trip", first.statements - first.comments, 600
        ),
        Figure("... for one more month", longer.statements - first.statements, 60),
    ]


def _source(account: Account, months: int, *, without_last_day: bool = False) -> dict[str, str]:
    """Put a simulated source on S3; return the file that was left out."""
    simulate(Simulation(1, _FIRST, months, 1_000, 40, 150), account.folder)
    left_out = {}
    if without_last_day:
        last = max(account.folder.glob("log_data/*/*/*.json"))
        left_out[str(last.relative_to(account.folder))] = last.read_text()
        last.unlink()
    account.lake.put_folder(account.folder)
    return left_out


if __name__ == "__main__":
    show(measure())
