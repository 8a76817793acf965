"""What the benchmark loads into: a new warehouse for each go, and the plain script for it."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from sparkify_dagster.warehouse.embedded_postgres import EMPTY_DATABASE, start_server

_HERE = Path(__file__).parent


class Engine(ABC):
    """An engine whose data lie in a folder, and what a load may take beside the plain script."""

    name: str
    allowed_seconds: float
    allowed_ratio: float

    @abstractmethod
    def plain_script(self, source: Path) -> Sequence[str]:
        """Give the words that run the plain script into an empty database."""

    @abstractmethod
    def new_warehouse(self) -> str:
        """Give the URL of an empty warehouse."""

    def settle(self) -> None:
        """Have the disk take what was written, lest what is timed next wait for it."""
        os.sync()


class DuckDB(Engine):
    """Files in the folder."""

    name = "duckdb"
    allowed_seconds, allowed_ratio = 4, 1.3

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def plain_script(self, source: Path) -> Sequence[str]:
        """See `Engine`."""
        return [str(_HERE / "plain.py"), str(source), str(self._emptied("plain.duckdb"))]

    def new_warehouse(self) -> str:
        """See `Engine`."""
        return f"duckdb:///{self._emptied('sparkify.duckdb')}"

    def _emptied(self, name: str) -> Path:
        for path in self._folder.glob(f"{name}*"):
            path.unlink()
        return self._folder / name


class Postgres(Engine):
    """Databases of one server, which runs before anything is timed."""

    name = "postgres"
    allowed_seconds, allowed_ratio = 0, 1.5

    def __init__(self, server: Any) -> None:
        self._server = server

    def plain_script(self, source: Path) -> Sequence[str]:
        """See `Engine`."""
        return [str(_HERE / "plain_postgres.py"), str(source), self._emptied("plain")]

    def new_warehouse(self) -> str:
        """See `Engine`."""
        return self._emptied("sparkify")

    def settle(self) -> None:
        """See `Engine`."""
        self._ask("CHECKPOINT")
        super().settle()

    def _emptied(self, database: str) -> str:
        self._ask(f"DROP DATABASE IF EXISTS {database}")
        self._ask(f"CREATE DATABASE {database} {EMPTY_DATABASE}")
        return str(self._server.get_uri(database))

    def _ask(self, statement: str) -> None:
        connection = psycopg2.connect(self._server.get_uri())
        connection.autocommit = True
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)


@contextmanager
def engine(name: str, folder: Path) -> Iterator[Engine]:
    """Have an engine in a folder for as long as the block lasts."""
    if name == "duckdb":
        yield DuckDB(folder)
        return
    server = start_server(folder / "server")
    try:
        yield Postgres(server)
    finally:
        server.cleanup()
