"""A SQLite event log that keeps its connections open while the process lives.

Dagster's own opens an engine and a connection for every statement, some thousands for a load of a
year, and each closing is a checkpoint on the disk. The files are the same, and Dagster's web server
and daemon read them through its own storage. For short-lived processes only: a server would keep a
connection for every run that it has looked at.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool


class KeptSqliteEventLogStorage(SqliteEventLogStorage):
    """Dagster's event log in SQLite, with one engine a file instead of one a statement."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._found: dict[str, bool] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptSqliteEventLogStorage":
        """Make the storage that a `dagster.yaml` names."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if shard not in self._engines:
                self._engines[shard] = self._engine(shard)
            with self._engines[shard].begin() as connection:
                yield connection

    def _engine(self, shard: str) -> Engine:
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _without_sync)
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        return engine

    # Dagster asks for the shape of its tables before each event; it does not change meanwhile.
    def has_table(self, table_name: str) -> bool:
        """Tell whether the database has a table."""
        if table_name not in self._found:
            self._found[table_name] = super().has_table(table_name)
        return self._found[table_name]

    def _has_asset_key_index_cols_on_connection(self, conn: Connection) -> bool:
        if "" not in self._found:
            self._found[""] = super()._has_asset_key_index_cols_on_connection(conn)
        return self._found[""]

    def dispose(self) -> None:
        """Close all connections."""
        super().dispose()
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()


def _without_sync(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3's own
    # In WAL mode a killed process loses nothing by this; a power cut may lose the last events.
    connection.execute("PRAGMA synchronous = NORMAL").close()
