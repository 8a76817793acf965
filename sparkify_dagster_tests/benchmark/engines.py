"""What the benchmark loads into: a new warehouse for each go, and the plain script for it."""

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

    def new_warehouse(self) -> str:
        """Give the URL of an empty warehouse."""
        return self.scheme + self._emptied("sparkify")

    def settle(self) -> None:
        """Have the disk take what was written, so that what is timed next does not wait for it."""
        os.sync()

    @abstractmethod
    def _emptied(self, database: str) -> str:
        """Give the address of a database with nothing in it."""


class DuckDB(Engine):
    """Files in the folder."""

    name, script, scheme = "duckdb", "plain.py", "duckdb:///"
    allowed_seconds, allowed_ratio = 4, 1.3

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _emptied(self, database: str) -> str:
        file = self._folder / f"{database}.duckdb"
        for path in self._folder.glob(f"{file.name}*"):
            if path.is_dir():  # where the engine put what memory did not hold
                shutil.rmtree(path)
            else:
                path.unlink()
        return str(file)


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

    def _emptied(self, database: str) -> str:
        self._server.run(
            f"DROP DATABASE IF EXISTS {database}",
            f"CREATE DATABASE {database} {EMPTY_DATABASE}",
        )
        return self._server.url(database)


@contextmanager
def engine(name: str, folder: Path) -> Iterator[Engine]:
    """Have an engine in a folder for as long as the block lasts."""
    if name == "duckdb":
        yield DuckDB(folder)
        return
    with server_folder() as place:
        server = start_server(place)
        yield Postgres(PostgresServer(server.get_postmaster_info().socket_dir))
