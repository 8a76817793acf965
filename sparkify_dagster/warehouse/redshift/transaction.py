"""A transaction on Redshift."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from sparkify_dagster.lake import datasets
from sparkify_dagster.models import contract, files
from sparkify_dagster.models.dialects import Dialect
from sparkify_dagster.warehouse.base import Answer, Transaction
from sparkify_dagster.warehouse.redshift.bundles import jsonpaths, stage_bundles
from sparkify_dagster.warehouse.redshift.copying import Copier, Watched
from sparkify_dagster.warehouse.redshift.events import EventStager

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class in fact

    from sparkify_dagster.lake.staging import StagedFiles, StagingTask
    from sparkify_dagster.warehouse.redshift.copy_setup import CopySetup

_INSERT_ROWS = 1_000
# From here on COPY is quicker than INSERT, which Redshift plans and commits row by row.
_COPIED_ROWS = 5_000
_COPY = (
    "COPY {table} FROM :manifest IAM_ROLE :iam_role MANIFEST FORMAT JSON :jsonpaths "
    "REGION :region GZIP COMPUPDATE OFF STATUPDATE OFF"
)


class RedshiftTransaction(Transaction):
    """A transaction on an open connection."""

    dialect: Dialect = "redshift"

    def __init__(self, connection: "Connection", setup: "CopySetup") -> None:
        self._connection = connection
        self._setup = setup

    def _execute(self, text: str, parameters: dict[str, object]) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute(text, parameters)
            return max(cursor.rowcount, 0)

    def _query(self, text: str, parameters: dict[str, object]) -> Answer:
        with self._connection.cursor() as cursor:
            cursor.execute(text, parameters)
            return Answer(tuple(c.name for c in cursor.description or ()), cursor.fetchall())

    def existing_tables(self) -> set[str]:
        """Name the tables of the schema, which need not exist yet."""
        # PG_CLASS shows every user all tables (c_intro_catalog_views); information_schema shows
        # those that the user owns or may use, so a second identity would see none.
        rows = self.query(
            "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
            "WHERE n.nspname = COALESCE(:schema, CURRENT_SCHEMA()) AND c.relkind IN ('r', 'v')",
            schema=self._setup.schema or None,
        )
        return {str(name) for (name,) in rows}

    def execute_script(self, sql: str) -> None:
        """Send a script as one message: a table with its comments costs one round trip."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql)

    def has_group(self, name: str) -> bool:
        """Return whether the database has a group of users of this name."""
        return bool(self.query("SELECT 1 FROM pg_group WHERE groname = :name", name=name))

    def insert_into(
        self, table: str, types: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> int:
        """Add rows: a few by INSERT, many by COPY of a file under the control prefix."""
        remaining = iter(rows)
        first = list(islice(remaining, _COPIED_ROWS))
        if len(first) == _COPIED_ROWS:
            return self._copy_rows(table, len(types), chain(first, remaining))
        self._insert_rows(table, first)
        return len(first)

    def stage(self, task: "StagingTask") -> "StagedFiles":
        """Read source files into a staging table by COPY."""
        self._setup.refuse_outside_s3(task.source.location)
        with self._setup.control.load() as folder, self._copier() as copier:
            if task.dataset == datasets.songs():
                options = self._setup.options(task.dataset.jsonpaths)
                sql = files.read("staging_songs", "copy.sql")
                return stage_bundles(copier, folder, task, options, sql)
            if self._setup.reads_logs:
                columns = contract.table(task.dataset.table).column_names
                sql = _COPY.format(table=f"{task.dataset.table} ({', '.join(columns)})")
                options = self._setup.options(jsonpaths(columns))
                return stage_bundles(copier, folder, task, options, sql)
            self._setup.refuse_other_region(task.source.location)
            options = self._setup.options(task.dataset.jsonpaths)
            return EventStager(self, copier, folder, task, options).run()

    @contextmanager
    def _copier(self) -> Iterator[Copier]:
        watcher = self._setup.connector.connect()
        try:
            yield Copier(self, self._connection, watcher, self._setup.error_wait_seconds)
        finally:
            watcher.close()

    def _insert_rows(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        from psycopg2.extras import execute_values

        with self._connection.cursor() as cursor:
            execute_values(cursor, f"INSERT INTO {table} VALUES %s", rows, page_size=_INSERT_ROWS)

    def _copy_rows(self, table: str, columns: int, rows: Iterable[Sequence[object]]) -> int:
        """Copy rows as JSON arrays, by a JSONPaths file that names their places."""
        import gzip
        import json

        places = json.dumps({"jsonpaths": [f"$[{n}]" for n in range(columns)]})
        count = 0
        with (
            self._setup.control.load() as folder,
            self._copier() as copier,
            TemporaryFile(prefix="sparkify-") as body,
        ):
            with gzip.GzipFile(fileobj=body, mode="wb", mtime=0) as lines:
                for row in rows:
                    text = json.dumps(row, ensure_ascii=False, default=_as_text)
                    lines.write(text.encode() + b"\n")
                    count += 1
            size = body.tell()
            body.seek(0)
            url = folder.put("rows.json.gz", body)
            manifest = folder.put_manifest("rows", [(url, size)])
            parameters = {**self._setup.options(places), "manifest": manifest}
            watched = Watched(f"writing {table}", size)
            copier.copy_all(_COPY.format(table=table), parameters, watched, count)
        return count


def _as_text(value: object) -> str:
    """Write what JSON has no form for as COPY reads it."""
    assert isinstance(value, datetime)  # noqa: S101 - the contract has no other such type
    return value.isoformat(sep=" ")
