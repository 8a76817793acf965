"""A transaction on PostgreSQL."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import psycopg2

from sparkify_dagster.models.dialects import Dialect
from sparkify_dagster.warehouse.base import Answer, Transaction
from sparkify_dagster.warehouse.copying import READ_BYTES, CopyText

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812

    from sparkify_dagster.lake.staging import StagedFiles, StagingTask

_HAS_GROWN = """
    SELECT pg_relation_size(oid) > 2 * 8192 * GREATEST(relpages, 4)
    FROM pg_class WHERE oid = %s::regclass
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = CURRENT_SCHEMA()"


class PostgresTransaction(Transaction):
    """A transaction on an open connection."""

    dialect: Dialect = "postgres"

    def __init__(self, cursor: "Cursor") -> None:
        self._cursor = cursor

    def _execute(self, text: str, parameters: dict[str, object]) -> int:
        self._cursor.execute(text, parameters)
        return max(self._cursor.rowcount, 0)

    def _query(self, text: str, parameters: dict[str, object]) -> Answer:
        self._cursor.execute(text, parameters)
        names = tuple(column[0] for column in self._cursor.description or ())
        return Answer(names, self._cursor.fetchall())

    def existing_tables(self) -> set[str]:
        """Name the tables of the schema in which tables are made."""
        return {str(name) for (name,) in self.query(_TABLES)}

    def has_group(self, name: str) -> bool:
        """Return whether the database has a group of users of this name."""
        return bool(self.query("SELECT 1 FROM pg_group WHERE groname = :name", name=name))

    def refresh_statistics(self, table: str) -> None:
        """ANALYZE a table of twice the size that the planner knows: autovacuum comes too late."""
        self._cursor.execute(_HAS_GROWN, (table,))
        [(grown,)] = self._cursor.fetchall()
        if grown:
            self._cursor.execute(f"ANALYZE (SKIP_LOCKED) {table}")

    def insert_into(
        self,
        table: str,
        types: Sequence[str],  # noqa: ARG002 - COPY reads text, whatever the type
        rows: Iterable[Sequence[object]],
    ) -> int:
        """Add rows through COPY, as they come."""
        text = CopyText(rows)
        try:
            stream = cast("BinaryIO", text)
            self._cursor.copy_expert(f"COPY {table} FROM STDIN", stream, READ_BYTES)
        except psycopg2.Error:
            if text.error:
                raise text.error from None
            raise
        return self._cursor.rowcount

    def insert_csv(self, table: str, text: Path) -> None:
        """Move the rows of a CSV file without a header, where an unquoted nothing is null."""
        with text.open("rb") as stream:
            self._cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT csv)", stream, READ_BYTES)
        text.unlink()

    def stage(self, task: "StagingTask") -> "StagedFiles":
        """Read source files by the shared loader; a DuckDB in memory parses them."""
        from sparkify_dagster.warehouse.postgres_staging import stage

        return stage(task, self)
