"""The only module that uses private parts of Dagster: three names, each with its reason.

- `SqliteEventLogStorage`, to keep SQLite connections open between statements. Dagster's own storage
  opens an engine for every statement. Kept open, the events of a load of three months take 1.4 s
  in place of 3.8 s. Without the name, Dagster's own storage is used: the same files, more slowly.
- `WorkspaceProcessContext` and `WorkspaceFileTarget`, to make the web server's app, so that
  `sparkify ui` can put a guard around it. Dagster's own command offers no way to do that. Without
  these names `sparkify ui` reports that, and what to run in its place.

A name that is missing in another version of Dagster is never an error when this module is imported.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from sqlalchemy import create_engine, event
from sqlalchemy.pool import StaticPool

from sparkify_dagster.errors import SparkifyError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine
    from starlette.applications import Starlette

try:
    from dagster._core.storage.event_log import SqliteEventLogStorage
except ImportError:
    _EventStorage: Any = None
else:
    _EventStorage = SqliteEventLogStorage

_BUSY_SECONDS = 60  # as Dagster's own
_INDEX = "index"  # the file with the events of all assets; each run has a file of its own


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
        self._tables: dict[str, bool] = {}
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

    def has_table(self, table_name: str) -> bool:
        """Return whether the database has a table; asked before each event, so it is kept."""
        if table_name not in self._tables:
            self._tables[table_name] = super().has_table(table_name)
        return self._tables[table_name]

    def dispose(self) -> None:
        """Close all connections."""
        super().dispose()
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()

    @contextmanager
    def _kept(self, shard: str, open_once: Any, *arguments: Any) -> "Iterator[Connection]":  # noqa: ANN401
        with self._lock:
            if shard not in self._engines:
                with open_once(*arguments):
                    pass  # Dagster makes the file and its tables
                self._engines[shard] = self._engine(shard)
            with self._engines[shard].begin() as connection:
                yield connection

    def _engine(self, shard: str) -> "Engine":
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,
            connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _without_sync)
        return engine


@contextmanager
def webserver_app(instance: dg.DagsterInstance, workspace: Path) -> "Iterator[Starlette]":
    """Make the app of Dagster's web server; raises SparkifyError if this Dagster has another."""
    try:
        from dagster._core.workspace.context import WorkspaceProcessContext
        from dagster._core.workspace.load_target import WorkspaceFileTarget
        from dagster_webserver.app import create_app_from_workspace_process_context
    except ImportError as error:
        raise SparkifyError(
            f"sparkify ui does not work with Dagster {dg.__version__} ({error}): install the "
            "version of requirements.lock, or run dagster dev, which accepts requests of any web "
            "site that you visit meanwhile"
        ) from error
    target = WorkspaceFileTarget([str(workspace)])
    with WorkspaceProcessContext(instance, target, version=dg.__version__) as context:
        yield create_app_from_workspace_process_context(context)


def _without_sync(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3's own
    # In WAL mode a killed process loses nothing by this; a power cut may lose the last events.
    connection.execute("PRAGMA synchronous = NORMAL").close()
