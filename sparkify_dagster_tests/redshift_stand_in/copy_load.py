"""A COPY carried out: rows into PostgreSQL, faults into the load errors."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from sparkify_dagster_tests.redshift_stand_in.backend import Backend
from sparkify_dagster_tests.redshift_stand_in.copy_command import CopyCommand
from sparkify_dagster_tests.redshift_stand_in.copy_files import CopyFiles
from sparkify_dagster_tests.redshift_stand_in.copy_json import (
    FieldError,
    JsonPath,
    Record,
    by_names,
    records,
)
from sparkify_dagster_tests.redshift_stand_in.copy_values import Column
from sparkify_dagster_tests.redshift_stand_in.errors import (
    RedshiftError,
    internal_error,
    not_imitated,
)
from sparkify_dagster_tests.redshift_stand_in.load_errors import Load, LoadError
from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience

if TYPE_CHECKING:
    from sparkify_dagster_tests.redshift_stand_in.server import RedshiftStandIn

RULES = (
    documented(
        "COPY is one transaction over all its files.", "t_Loading_tables_with_the_COPY_command"
    ),
    documented(
        "With as many errors as MAXERROR, COPY fails; with fewer, it leaves those records out.",
        "copy-parameters-data-load",
    ),
    from_experience("COPY reports what it loaded and left out in notices."),
    documented(
        "A JSONPaths file has as many expressions as COPY has columns, each a string; another key "
        "than jsonpaths means 'auto'.",
        "copy-parameters-data-format",
    ),
)
_CHUNK = 1 << 16
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_COLUMNS = """
    SELECT a.attname, t.typname, a.atttypmod, a.attnotnull AND NOT a.atthasdef, a.attrelid
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = to_regclass('{}') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""


class CopyLoad:
    """One run of a COPY.

    `query` is its identifier in STL views (pg_last_copy_id), `loaded` the rows that went in. In
    SYS views it goes by another.
    """

    def __init__(self, server: "RedshiftStandIn", backend: Backend, command: CopyCommand) -> None:
        self._server = server
        self._backend = backend
        self._command = command
        self._errors: list[LoadError] = []
        self._started = dt.datetime.now(dt.UTC)
        self._sys_query = 0
        self.query = 0
        self.loaded = 0

    def prepare(self) -> None:
        """Find the table's columns; raises RedshiftError before the load begins."""
        table = self._command.table
        found = self._backend.rows(_COLUMNS.format(table.replace("'", "''")))
        if not found:
            raise RedshiftError("XX000", f"Cannot COPY into nonexistent table {table}")
        self._table_id = int(found[0][4] or 0)
        by_name = {str(name): _column(str(name), kind, mod, nn) for name, kind, mod, nn, _ in found}
        listed = [name.strip('"').lower() for name in self._command.columns] or list(by_name)
        for name in listed:
            if name not in by_name:
                raise RedshiftError(
                    "42703", f'column "{name}" of relation "{table}" does not exist'
                )
        self._columns = [by_name[name] for name in listed]
        self._omitted = [c for name, c in by_name.items() if c.not_null and name not in listed]
        self.query = next(self._server.query_ids)
        self._sys_query = next(self._server.sys_query_ids)

    def run(self, cut: Callable[[], None] | None) -> list[str]:
        """Load and return COPY's notes; with `cut`, call it when half of the rows are in.

        Raises RedshiftError where a file cannot be read or errors reach MAXERROR.
        """
        files = CopyFiles(self._server, self._command)
        paths = self._paths(files)
        names = ", ".join(f'"{column.name}"' for column in self._columns)
        self._backend.begin_copy(f"COPY {self._command.table} ({names}) FROM STDIN")
        try:
            rows = self._rows(files, paths)
            if cut is None:
                self._send(rows)
            else:
                ready = list(rows)
                self._send(iter(ready[: len(ready) // 2]))
                cut()
        except RedshiftError as error:
            self._backend.end_copy("COPY failed")
            self._keep_errors(failed=True)
            raise error from None
        error_at_end = self._backend.end_copy("NOLOAD" if self._command.no_load else "")
        if error_at_end is not None and not self._command.no_load:
            raise error_at_end
        self._keep_errors(failed=False)
        return self._notes()

    def _rows(self, files: CopyFiles, paths: list[JsonPath] | None) -> Iterator[str]:
        for url, data in files:
            for record in records(data):
                row = self._row(url, record, paths)
                if row is not None:
                    self.loaded += 1
                    yield row
                elif len(self._errors) >= max(1, self._command.max_errors):
                    self.loaded = 0
                    raise internal_error_of_load(self._command.table)

    def _row(self, url: str, record: Record, paths: list[JsonPath] | None) -> str | None:
        if record.fault:
            fault = FieldError(1216, record.fault, fatal=record.too_large)
            self._reject(url, record, fault, None)
            return None
        cells: list[str] = []
        column: Column | None = None
        try:
            for index, column in enumerate(self._columns):
                text = column.convert(self._value(index, column, record, paths), self._command)
                cells.append("\\N" if text is None else text.translate(_ESCAPES))
            for column in self._omitted:
                column.convert(None, self._command)
        except FieldError as fault:
            self._reject(url, record, fault, column)
            return None
        return "\t".join(cells) + "\n"

    def _value(
        self, index: int, column: Column, record: Record, paths: list[JsonPath] | None
    ) -> object:
        if paths is not None:
            return paths[index].find(record.value)
        ignore_case = self._command.json == "auto ignorecase"
        return by_names([column.name], record.value, ignore_case=ignore_case)[0]

    def _paths(self, files: CopyFiles) -> list[JsonPath] | None:
        if self._command.json == "noshred":
            raise not_imitated("noshred")
        expressions = files.json_paths()
        if expressions is None:
            return None
        if len(expressions) != len(self._columns):
            raise internal_error(
                "Number of jsonpaths and the number of columns should match. JSONPath size: "
                f"{len(expressions)}, Number of columns in table or column list: "
                f"{len(self._columns)}"
            )
        if not all(isinstance(expression, str) and expression for expression in expressions):
            raise internal_error("Invalid JSONPath format: Expected a string")
        paths = [JsonPath(expression) for expression in expressions]
        if len({notation for path in paths for notation in path.notations}) > 1:
            raise internal_error("Invalid JSONPath format: mixed notations")
        return paths

    def _send(self, rows: Iterator[str]) -> None:
        pending: list[str] = []
        size = 0
        for row in rows:
            pending.append(row)
            size += len(row)
            if size > _CHUNK:
                self._backend.copy_data("".join(pending).encode())
                pending, size = [], 0
        if pending:
            self._backend.copy_data("".join(pending).encode())

    def _reject(self, url: str, record: Record, fault: FieldError, column: Column | None) -> None:
        """Keep a record's fault for the load errors; raises RedshiftError for a fatal one."""
        if fault.fatal and not self._server.shows_fatal_errors:
            raise internal_error(fault.reason)
        self._errors.append(
            LoadError(
                file=url,
                line=record.line,
                column=column.name if column else "",
                type=column.type if column else "",
                width=str(column.width) if column and column.width else "",
                position=fault.position,
                raw_line=record.raw,
                raw_value=fault.raw,
                code=fault.code,
                reason=fault.reason,
            )
        )
        if fault.fatal:
            raise internal_error_of_load(self._command.table)

    def _keep_errors(self, *, failed: bool) -> None:
        load = Load(
            table=self._table_id,
            table_name=self._command.table.rsplit(".", 1)[-1],
            source=self._command.source,
            started=self._started,
            query=self.query,
            sys_query=self._sys_query,
            session=self._backend.pid,
            user=self._backend.user,
            loaded=0 if failed else self.loaded,
            failed=failed,
        )
        insert = self._server.load_errors.keep(load, self._errors)
        if insert and not failed and self._backend.status == b"T":
            self._backend.rows(insert)

    def _notes(self) -> list[str]:
        table = self._command.table
        notes = [
            f"Load into table '{table}' completed, {self.loaded} record(s) loaded successfully."
        ]
        if self._errors:
            notes.append(
                f"Load into table '{table}' completed, {len(self._errors)} record(s) could not be "
                "loaded.  Check 'stl_load_errors' system table for details."
            )
        return notes


def internal_error_of_load(table: str) -> RedshiftError:
    """Return the whole of what COPY says when errors reach MAXERROR."""
    return RedshiftError(
        "XX000",
        f"Load into table '{table}' failed.  Check 'stl_load_errors' system table for details.",
    )


def _column(name: str, kind: str | None, modifier: str | None, not_null: str | None) -> Column:
    typmod = int(modifier or -1)
    characters = kind in {"varchar", "bpchar"}
    numeric = kind == "numeric" and typmod >= 0
    return Column(
        name=name,
        type=str(kind),
        width=(typmod - 4 if typmod >= 0 else 65535) if characters else 0,
        precision=((typmod - 4) >> 16) & 0xFFFF if numeric else 18,
        scale=(typmod - 4) & 0x7FF if numeric else 0,
        not_null=not_null == "t",
    )
