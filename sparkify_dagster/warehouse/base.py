"""The interface of an engine: all that the rest of the project knows of it.

Work is given as a function of a transaction, because after a transient error the whole transaction
is tried again, not its last statement. Such a function therefore begins by reading what is there;
after a COMMIT of unknown outcome, a second try finds its work done.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sparkify_dagster.models import contract, dialects
from sparkify_dagster.models.dialects import Dialect

if TYPE_CHECKING:
    import pandas as pd

    from sparkify_dagster.lake.staging import StagedFiles, StagingTask


Row = tuple[Any, ...]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Answer:
    """What a query gave: the names of its columns, and its rows."""

    columns: tuple[str, ...]
    rows: list[Row]


def located(place: str, schema: str) -> str:
    """Return where a warehouse is, for messages: the database, and the schema if one is set."""
    return f"{place}, schema {schema}" if schema else place


class Transaction(ABC):
    """Statements that take effect together or not at all; SQL is Redshift's, with `:name`."""

    dialect: Dialect

    @abstractmethod
    def _execute(self, text: str, parameters: dict[str, object]) -> int:
        """Run one statement in the engine's words; give the number of rows it changed."""

    @abstractmethod
    def _query(self, text: str, parameters: dict[str, object]) -> Answer:
        """Run one query in the engine's words."""

    @abstractmethod
    def existing_tables(self) -> set[str]:
        """Name the tables that are there."""

    @abstractmethod
    def insert_into(
        self, table: str, types: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> int:
        """Add rows whose columns have these types, in the engine's fastest way; count them."""

    @abstractmethod
    def stage(self, task: "StagingTask") -> "StagedFiles":
        """Read source files into a staging table."""

    def execute_as_is(self, text: str) -> int:
        """Run one statement that is in the engine's dialect already."""
        return self._execute(text, {})

    def add_column(self, table: str, column: str, definition: str) -> None:
        """Add a column to a table that has rows; the definition gives its type and default."""
        self.execute(f"ALTER TABLE {table} ADD COLUMN {column} {definition}")

    def has_group(self, name: str) -> bool:  # noqa: ARG002 - engines without users have none
        """Return whether the database has a group of users of this name."""
        return False

    def refresh_statistics(self, table: str) -> None:  # noqa: B027 - most engines do this themselves
        """Refresh what the planner knows of a table that has grown."""

    def execute(self, sql: str, **parameters: object) -> int:
        """Run a script; give the number of rows that its last statement changed."""
        changed = 0
        for statement in dialects.statements(sql, self.dialect):
            values = {name: parameters[name] for name in statement.parameters}
            changed = self._execute(statement.text, values)
        return changed

    def execute_script(self, sql: str) -> None:
        """Run a script without parameters; engines may send it at once."""
        self.execute(sql)

    def insert(self, table: str, rows: Iterable[Sequence[object]]) -> int:
        """Add rows to a table of the contract, given in the order of its columns; count them."""
        return self.insert_into(table, [c.type for c in contract.table(table).columns], rows)

    def query(self, sql: str, **parameters: object) -> list[Row]:
        """Run one query and give all of its rows."""
        return self.ask(sql, **parameters).rows

    def ask(self, sql: str, **parameters: object) -> Answer:
        """Run one query and give its columns and all of its rows."""
        [statement] = dialects.statements(sql, self.dialect)
        values = {name: parameters[name] for name in statement.parameters}
        return self._query(statement.text, values)

    def value(self, sql: str, **parameters: object) -> Any:  # noqa: ANN401 - any SQL type
        """Run a query that gives one value."""
        return self.query(sql, **parameters)[0][0]

    def count(self, table: str, where: str = "1 = 1", **parameters: object) -> int:
        """Count the rows of a table."""
        return int(self.value(f"SELECT COUNT(*) FROM {table} WHERE {where}", **parameters))


class Warehouse(ABC):
    """An engine. Opened late and closed early: outside `session` nothing is held."""

    name: str
    dialect: Dialect
    single_writer = False  # whether one process at a time may use it; runs have to queue then

    def named_by(self, run_id: str) -> None:  # noqa: B027 - most engines have no use for it
        """Let what is sent from now on lead back to a Dagster run."""

    @abstractmethod
    def session(self) -> AbstractContextManager[None]:
        """Keep what is costly to open for as long as the block lasts; may be nested."""

    @abstractmethod
    def transact(self, work: Callable[[Transaction], Result], *, exclusive: bool = False) -> Result:
        """Do the work in one transaction; raises WarehouseError, and then nothing was done.

        An `exclusive` transaction first takes the lock of loads: whatever writes is exclusive, so
        that one load writes at a time. Readers take no lock and never wait.
        """

    def query(self, sql: str, **parameters: object) -> list[Row]:
        """Run one query, written in Redshift's SQL with `:name` parameters; return its rows."""
        return self.transact(lambda tx: tx.query(sql, **parameters))

    def fetch_dataframe(self, sql: str, **parameters: object) -> "pd.DataFrame":
        """Run one query (see `query`); return its rows as a pandas DataFrame."""
        import pandas as pd

        answer = self.transact(lambda tx: tx.ask(sql, **parameters))
        return pd.DataFrame(answer.rows, columns=list(answer.columns))

    @abstractmethod
    def existing_tables(self) -> set[str]:
        """Name the tables of the schema; none where there is no warehouse yet. Creates nothing."""

    def exists(self) -> bool:
        """Return whether a load has created anything; creates nothing."""
        return bool(self.existing_tables())

    @abstractmethod
    def read(self, sql: str) -> Answer:
        """Run one query as it is written, in the engine's own SQL; it may change nothing."""

    def provision(self, report: Callable[[str], None]) -> dict[str, Any]:  # noqa: ARG002
        """Create the server or cluster of the warehouse if it is missing; return what it is."""
        return {"location": self.location}

    def estimate(self, tables: int, months: int) -> str:  # noqa: ARG002 - most engines are free
        """Describe the cost of a load that builds so many tables and reads so many months' files.

        Empty if nothing is charged.
        """
        return ""

    @property
    @abstractmethod
    def location(self) -> str:
        """Say where the warehouse is, without secrets."""
