"""The only module that uses private parts of Dagster: four names, each with its reason.

- `SqliteEventLogStorage`, with its methods `run_connection` and `index_connection`, to keep SQLite
  connections open between statements. Dagster's own storage opens an engine for every statement.
  Kept open, the events of a load of three months take 1.4 s in place of 3.8 s. Without the class,
  Dagster's own storage is used: the same files, more slowly. Without a method, the override of it
  is never called, and Dagster's own way is used.
- `SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION`, the metadata by which Dagster reports no
  materialisation of an output. A run of a range of months reports one of every month otherwise,
  also of a month without files. Without the name, it does.

A name that is missing in another version of Dagster is never an error when this module is imported.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

try:
    from dagster._core.storage.event_log import SqliteEventLogStorage
except ImportError:
    _EventStorage: Any = None
else:
    _EventStorage = SqliteEventLogStorage

try:
    from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION
except ImportError:
    _unreported: str | None = None
else:
    _unreported = SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION

_BUSY_SECONDS = 60  # as Dagster's own
_INDEX = "index"  # the file with the events of all assets; each run has a file of its own


def unreported() -> dict[str, Any] | None:
    """Return the metadata of a result that Dagster reports no materialisation of.

    The step reports those of the right months itself. None if this version of Dagster has no such
    metadata; it reports every month of the run then.
    """
    return {_unreported: True} if _unreported else None


def fast_event_storage(home: Path) -> dict[str, object] | None:
    """Return the override that has an instance in a folder keep its SQLite connections open.

    None if this version of Dagster has no such storage; its own is used then.
    """
    if _EventStorage is None:
        return None
    base = str(home / "history" / "runs") + os.sep  # where Dagster's own storage has its files
    return {
        "event_log_storage": {
            "module": __name__,
            "class": "FastEventStorage",
            "config": {"base_dir": base},
        }
    }


class FastEventStorage(_EventStorage or object):  # type: ignore[misc]
    """Dagster's event log in SQLite, with one engine per file in place of one per statement.

    For short-lived processes: a server would keep a connection for every run that it has read.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:  # noqa: ANN401 - Dagster's
        self._engines: dict[str, Engine] = {}
        self._lock = threading.RLock()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls,
        inst_data: Any,  # noqa: ANN401 - Dagster's
        config_value: Mapping[str, Any],
    ) -> "FastEventStorage":
        """Make the storage from an instance's configuration."""
        return cls(inst_data=inst_data, **config_value)

    def run_connection(self, run_id: str | None = None) -> Any:  # noqa: ANN401 - a context
        """Open the events of a run."""
        return self._kept(run_id or _INDEX, super().run_connection, run_id)

    def index_connection(self) -> Any:  # noqa: ANN401 - a context
        """Open the events of all assets."""
        return self._kept(_INDEX, super().index_connection)

    def close_connections(self) -> None:
        """Close all connections."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()

    @contextmanager
    def _kept(self, shard: str, open_once: Any, *arguments: Any) -> "Iterator[Connection]":  # noqa: ANN401
        with self._lock:
            if shard not in self._engines:
                with open_once(*arguments) as connection:  # Dagster makes the file and its tables
                    address = connection.engine.url
                self._engines[shard] = _kept_engine(address)
            with self._engines[shard].begin() as connection:
                yield connection


def _kept_engine(address: URL) -> Engine:
    engine = create_engine(
        address,
        poolclass=StaticPool,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _without_sync)
    return engine


def _without_sync(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3's own
    # In WAL mode a killed process loses nothing by this; a power cut may lose the last events.
    connection.execute("PRAGMA synchronous = NORMAL").close()
