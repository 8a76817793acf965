"""What the benchmark loads into: a new warehouse for each round, and the plain script for it."""

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sparkify_dagster.warehouse.embedded_postgres import EMPTY_DATABASE, start_server
from sparkify_dagster_tests.engines import PostgresServer, server_folder

_HERE = Path(__file__).parent


class Engine(ABC):
    """An engine whose data lie in a folder, and what a load may take beside the plain script."""

    name: str
    script: str
    scheme: str  # what makes of a database's address the URL of a warehouse
    allowed_seconds: float
    allowed_ratio: float

    def plain_script(self, source: Path) -> Sequence[str]:
        """Give the words that run the plain script into an empty database."""
        return [str(_HERE / self.script), str(source), self._emptied("plain")]

    def empty_warehouse(self) -> None:
        """Make the warehouse a new one, with nothing in it."""
        self._emptied("sparkify")

    @property
    def warehouse(self) -> str:
        """The URL of the warehouse."""
        return self.scheme + self._address("sparkify")

    def settle(self) -> None:
        """Let the disk take what was written, so that what is timed next does not wait for it."""
        os.sync()

    def _emptied(self, database: str) -> str:
        self._empty(database)
        return self._address(database)

    @abstractmethod
    def _address(self, database: str) -> str:
        """Return the address of a database."""

    @abstractmethod
    def _empty(self, database: str) -> None:
        """Remove what a database holds."""


class DuckDB(Engine):
    """Files in the folder."""

    name, script, scheme = "duckdb", "plain.py", "duckdb:///"
    allowed_seconds, allowed_ratio = 4, 1.3

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _address(self, database: str) -> str:
        return str(self._folder / f"{database}.duckdb")

    def _empty(self, database: str) -> None:
        for path in self._folder.glob(f"{database}.duckdb*"):
            if path.is_dir():  # DuckDB's temporary files
                shutil.rmtree(path)
            else:
                path.unlink()


class Postgres(Engine):
    """Databases of one server, which runs before anything is timed."""

    name, script, scheme = "postgres", "plain_postgres.py", ""
    allowed_seconds, allowed_ratio = 0, 1.5

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    def settle(self) -> None:
        """See `Engine`."""
        self._server.run("CHECKPOINT")
        super().settle()

    def _address(self, database: str) -> str:
        return self._server.url(database)

    def _empty(self, database: str) -> None:
        self._server.run(
            f"DROP DATABASE IF EXISTS {database}",
            f"CREATE DATABASE {database} {EMPTY_DATABASE}",
        )


@contextmanager
def engine(name: str, folder: Path) -> Iterator[Engine]:
    """Run an engine in a folder for as long as the block lasts."""
    if name == "duckdb":
        yield DuckDB(folder)
        return
    with server_folder() as place:
        server = start_server(place)
        yield Postgres(PostgresServer(server.get_postmaster_info().socket_dir))
