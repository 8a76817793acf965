"""What must hold for every fuzzed source on DuckDB, PostgreSQL and Redshift.

DuckDB and PostgreSQL have to agree on everything. Songs are the same on Redshift too; of events,
COPY may accept records that the others reject, as docs/redshift.md lists.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.lake.broken import BrokenFileError
from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading.schema import ensure_tables
from sparkify_dagster.loading.staging.events import EventStager
from sparkify_dagster.loading.staging.songs import SongStager
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Transaction, Warehouse, open_warehouse
from sparkify_dagster_tests.fuzz.cases import small_limits
from sparkify_dagster_tests.fuzz.trees import Node
from sparkify_dagster_tests.lake.reading import MONTH
from sparkify_dagster_tests.life.engines import CLEAN, ENGINES
from sparkify_dagster_tests.life.places import Place
from sparkify_dagster_tests.loading.driver import by_content, select

REJECTS = "SELECT file, line, reason, raw_text FROM rejected_records"
_BREAKS_OFF = "the file breaks off"
_MOST_REJECTS = 99_000  # COPY's own limit is 100,000


@dataclass(frozen=True)
class Outcome:
    """What a load gives: rows and rejects, or the error; what is the same on all engines."""

    rows: Sequence[str] = ()
    rejects: Sequence[str] = ()
    rejected: int = 0
    error: str = ""


class _UndoneError(Exception):
    """Ends a transaction in which a load was made, so that nothing is left of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(frozen=True)
class Loader:
    """An empty warehouse, and the place of its source."""

    warehouse: Warehouse
    place: Place

    def load(self, dataset: Dataset) -> Outcome:
        """Stage what lies in the place, look at it, and roll it back."""
        source = open_source(self.place.location)
        is_month = dataset.folder == "log_data"
        listed = source.list_month(MONTH) if is_month else source.list_songs()

        def stage(tx: Transaction) -> None:
            stager = (
                EventStager(tx, source, MONTH, _MOST_REJECTS)
                if is_month
                else SongStager(tx, source, None, _MOST_REJECTS)
            )
            staged = stager.run(listed)
            rows, rejects = (by_content(tx.query(q)) for q in (select(dataset.table), REJECTS))
            raise _UndoneError(Outcome(rows, rejects, staged.rejected))

        try:
            self.warehouse.transact(stage, exclusive=True)
        except _UndoneError as done:
            return done.outcome
        except SparkifyError as error:
            broken = isinstance(error, BrokenFileError)
            return Outcome(error=str(error) if broken else f"{type(error).__name__}: {error}")
        raise AssertionError


@contextmanager
def loaders(folder: Path) -> Iterator[Mapping[str, Loader]]:
    """Run the engines; give a loader for each, by name."""
    with ExitStack() as stack:
        made = {}
        for name, engine_in in ENGINES.items():
            own = folder / name
            own.mkdir()
            engine = stack.enter_context(engine_in(own))
            settings = Settings.from_environment(
                {**engine.environment(CLEAN), "SPARKIFY_SOURCE": engine.place.location}
            )
            warehouse = open_warehouse(settings)
            ensure_tables(warehouse)
            stack.enter_context(warehouse.session())
            made[name] = Loader(warehouse, engine.place)
        yield made


def check_engines(engines: Mapping[str, Loader], dataset: Dataset, nodes: Sequence[Node]) -> None:
    """Load a source into every engine, and compare; raises AssertionError."""
    # moto's server cannot take control characters in the name of an object.
    files = [node for node in nodes if node.special == "file" and node.path.isprintable()]
    found = {}
    for name, loader in engines.items():
        for node in files:
            loader.place.put(node.path, node.content)
        with small_limits():
            found[name] = loader.load(dataset)
        for node in files:
            loader.place.remove(node.path)
    assert found["postgres"] == found["duckdb"]
    if dataset.folder == "log_data" and any(_BREAKS_OFF in r for r in found["duckdb"].rejects):
        return  # COPY fails where an archive breaks off, as docs/redshift.md says
    assert bool(found["redshift"].error) == bool(found["duckdb"].error), found
    if dataset.folder == "song_data":
        assert found["redshift"].rows == found["duckdb"].rows
        assert found["redshift"].rejects == found["duckdb"].rejects
    else:
        _compare_copied(found["redshift"], found["duckdb"])


def _compare_copied(copied: Outcome, expected: Outcome) -> None:
    """COPY accepts what the others accept, and where they reject something, it is not silent.

    It rejects by line, so several values on a line are one reject.
    """
    more = Counter(copied.rows) - Counter(expected.rows)
    assert not Counter(expected.rows) - Counter(copied.rows)
    assert bool(expected.rejected) == bool(copied.rejected or more)
