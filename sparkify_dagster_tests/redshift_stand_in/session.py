"""One client's session: login, then statement after statement."""

import contextlib
import itertools
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from sparkify_dagster_tests.redshift_stand_in import (
    dependencies,
    gate,
    locks,
    login,
    protocol,
    translate,
)
from sparkify_dagster_tests.redshift_stand_in.backend import Backend
from sparkify_dagster_tests.redshift_stand_in.copy_command import CopyCommand
from sparkify_dagster_tests.redshift_stand_in.copy_load import CopyLoad
from sparkify_dagster_tests.redshift_stand_in.errors import (
    RedshiftError,
    concurrent_conflict,
    internal_error,
    not_imitated,
    serializable_violation,
)
from sparkify_dagster_tests.redshift_stand_in.faults import Fault
from sparkify_dagster_tests.redshift_stand_in.lexer import Token, render, statements, tokenise
from sparkify_dagster_tests.redshift_stand_in.protocol import Disconnected, Wire

if TYPE_CHECKING:
    from sparkify_dagster_tests.redshift_stand_in.server import RedshiftStandIn

_FLUSH = 1 << 18
_ENDS = {"COMMIT", "END", "ROLLBACK", "ABORT"}
_SESSION_NUMBERS = itertools.count(1)


class Cut(Exception):  # noqa: N818 - an event, not a mistake
    """The connection is to be dropped now."""


class Session:
    """Serves one connection; runs in a thread of its own."""

    def __init__(self, server: "RedshiftStandIn", sock: socket.socket) -> None:
        self._server = server
        self._wire = Wire(sock)
        self._backend: Backend | None = None
        self._out = bytearray()
        self._number = next(_SESSION_NUMBERS)
        self._copy_id = -1
        self._copy_count = 0
        self._wrote = False  # whether the open transaction has written something

    def serve(self) -> None:
        """Serve until either end goes."""
        try:
            self._wire, self._backend = login.log_in(self._server, self._wire)
            if self._backend is not None:
                self._answer_all()
        except (Disconnected, Cut):
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Cut the connection; what was not committed is rolled back."""
        if self._backend is not None:
            self._backend.close()
        self._wire.close()

    @property
    def logged_in(self) -> bool:
        """Whether there is a session with PostgreSQL."""
        return self._backend is not None

    @property
    def backend(self) -> Backend:
        """The session with PostgreSQL."""
        if self._backend is None:
            raise Disconnected
        return self._backend

    def _answer_all(self) -> None:
        while True:
            kind, body = self._wire.receive()
            if kind == b"Q":
                self._answer(body[:-1])
            elif kind == b"X":
                return
            elif kind == b"P":
                self._put(protocol.error_response(not_imitated("the extended protocol")))
            elif kind == b"S":
                self._put(protocol.ready_for_query(self.backend.status))
                self._flush()

    def _answer(self, query: bytes) -> None:
        """Run the statements of one query; several of them are one transaction."""
        try:
            sql = _decoded(query)
            found = statements(tokenise(sql))
            if not found:
                self._put(protocol.message(b"I"))
            if len(found) > 1 and self.backend.status == b"I":
                self._together(found)
            else:
                for statement in found:
                    self._statement(statement, sql if len(found) == 1 else render(statement))
        except RedshiftError as error:
            self._fail(error)
        self._put(protocol.ready_for_query(self.backend.status))
        self._flush()

    def _together(self, found: Sequence[Sequence[Token]]) -> None:
        """Run several statements as the one transaction that a query string is."""
        self._hidden("BEGIN")
        try:
            for statement in found:
                self._statement(statement, render(statement))
        except RedshiftError:
            if not any(statement[0].key in {"BEGIN", "START"} for statement in found):
                self._hidden("ROLLBACK")
            raise
        if self.backend.status == b"T" and found[-1][0].key not in {"BEGIN", "START"}:
            self._hidden("COMMIT")
            self._count_transaction(committed=True)

    def _statement(self, statement: Sequence[Token], text: str) -> None:
        self._server.log(self._number, text)
        fault = self._server.faults.of_statement(text)
        if fault is not None and fault.when == "before":
            self._strike(fault, statement)
        if self.backend.status == b"E" and statement[0].key not in _ENDS:
            raise RedshiftError(
                "25P02",
                "current transaction is aborted, commands ignored until end of transaction block",
            )
        gate.check(statement)
        failed = self.backend.status == b"E"
        self._run(statement, fault)
        self._wrote = self._wrote or locks.main_command(statement)[0].key in locks.WRITES
        if self.backend.status == b"I":
            undone = failed or statement[0].key in {"ROLLBACK", "ABORT"}
            self._count_transaction(committed=not undone)
        if fault is not None:
            self._out.clear()
            raise Cut

    def _count_transaction(self, *, committed: bool) -> None:
        """Note the end of a transaction."""
        if committed and self._wrote:
            self._server.count_writing_transaction()
        self._wrote = False

    def _strike(self, fault: Fault, statement: Sequence[Token]) -> None:
        if fault.error is None:
            raise Cut
        if statement[0].key in _ENDS:
            self._hidden("ROLLBACK")
        raise fault.error

    def _run(self, statement: Sequence[Token], fault: Fault | None) -> None:
        if self._server.principals.concerns(statement):
            tag = self._server.principals.answer(self.backend, statement)
            self._put(protocol.command_complete(tag))
            return
        with self._writing(locks.written_table(statement), statement[0].key):
            self._run_sql(statement, fault)

    @contextlib.contextmanager
    def _writing(self, table: str, command: str) -> Iterator[None]:
        """Hold a writer's lock until the transaction ends; without one, for the block."""
        alone = bool(table) and self.backend.status == b"I"
        if alone:
            self._hidden("BEGIN")
        try:
            if table:
                self._lock(table, command)
            yield
            if alone:
                self.backend.rows("COMMIT")
        except RedshiftError as error:
            if alone:
                self._hidden("ROLLBACK")
            raise self._as_redshift_says(error) from None

    def _lock(self, table: str, command: str) -> None:
        try:
            self.backend.rows(locks.lock(table))
        except RedshiftError as error:
            if command == "COPY" and error.sqlstate == "42P01":
                message = f"Cannot COPY into nonexistent table {table}"
                raise RedshiftError("XX000", message) from None
            raise

    def _run_sql(self, statement: Sequence[Token], fault: Fault | None) -> None:
        if statement[0].key == "COPY":
            self._copy(statement, fault)
        else:
            dependencies.check_drop(self.backend, statement)
            numbers = {
                "pg_last_copy_id": self._copy_id,
                "pg_last_copy_count": self._copy_count,
            }
            plan = translate.translate(statement, numbers)
            self._carry_out(self._planned(statement, plan), hold=fault is not None)

    def _planned(self, statement: Sequence[Token], plan: translate.Plan) -> translate.Plan:
        """Let a planner that believes keys leave out what they make redundant."""
        planner = self._server.planner
        if planner is None or plan.sql is None:
            return plan
        if plan.referring:
            planner.learn(render(statement))
        if statement[0].key in {"SELECT", "WITH", "INSERT"}:
            return replace(plan, sql=planner.plan(plan.sql))
        return plan

    def _carry_out(self, plan: translate.Plan, *, hold: bool) -> None:
        open_transaction = self.backend.status == b"T"
        if not plan.in_transaction and open_transaction:
            raise RedshiftError("25001", f"{plan.tag} cannot run inside a transaction block")
        for name in plan.needs:
            self._check_exists(name)
        if plan.referring and plan.sql is None:
            dependencies.record(self.backend, plan.referring, plan.needs)
        if plan.sql is None or (plan.only_in_transaction and not open_transaction):
            self._put(protocol.command_complete(plan.tag or "LOCK TABLE"))
            return
        error = self.backend.run(plan.sql, partial(self._relay, plan.tag, hold=hold))
        if error is not None:
            raise self._as_redshift_says(error)
        if plan.referring:
            dependencies.record(self.backend, plan.referring, plan.needs)
        if plan.ends_transaction and self.backend.status == b"T":
            self._hidden("COMMIT")

    def _check_exists(self, table: str) -> None:
        quoted = table.replace("'", "''")
        if self.backend.rows(f"SELECT to_regclass('{quoted}')") == [[None]]:
            raise RedshiftError("42P01", f'relation "{table}" does not exist')

    def _relay(self, tag: str | None, kind: bytes, body: bytes, *, hold: bool) -> None:
        """Hand a message of PostgreSQL on to the client, as Redshift would have sent it."""
        if kind == b"S" and body.startswith(b"standard_conforming_strings"):
            return
        if kind == b"T":
            body = protocol.retype_columns(body, self._server.column_types)
        if kind == b"C" and tag is not None:
            body = protocol.text(tag)
        self._put(protocol.message(kind, body))
        if len(self._out) > _FLUSH and not hold:
            self._flush()

    def _copy(self, statement: Sequence[Token], fault: Fault | None) -> None:
        command = CopyCommand.parse(statement)
        load = CopyLoad(self._server, self.backend, command)
        load.prepare()
        self._copy_id, self._copy_count = load.query, 0
        within = fault is not None and fault.when == "within"
        notes = load.run(cut=self._cut if within else None)
        self._copy_count = load.loaded
        for note in notes if self._server.notes_copies else ():
            self._put(protocol.notice(note))
        self._put(protocol.command_complete("COPY"))

    def _cut(self) -> None:
        raise Cut

    def _fail(self, error: RedshiftError) -> None:
        """Send an error, and have PostgreSQL's transaction fail with it."""
        if self.backend.status == b"T":
            self._hidden("SELECT redshift.raise('XX000', 'refused by the stand-in', '')")
        self._put(protocol.error_response(error))

    def _as_redshift_says(self, error: RedshiftError) -> RedshiftError:
        """Give PostgreSQL's error the wording and SQLSTATE that Redshift has for it."""
        if error.sqlstate == "40001":
            snapshot = self._server.isolation == "snapshot"
            return concurrent_conflict() if snapshot else serializable_violation()
        if error.sqlstate == "21000" and error.message.startswith("MERGE"):
            return RedshiftError("XX000", "Found multiple matches to update the same tuple.")
        if error.sqlstate == "23502":
            column = error.message.split('"')[1]
            return internal_error(f"Cannot insert a NULL value into column {column}", code=8007)
        if error.sqlstate == "42501":
            return RedshiftError("42501", error.message.replace("for table", "for relation"))
        if error.sqlstate == "57014":
            return RedshiftError("57014", "Query (1) cancelled on user's request")
        return error

    def _hidden(self, sql: str) -> None:
        """Run a statement of the stand-in's own, of which the client hears nothing."""
        self.backend.run(sql, lambda _kind, _body: None)

    def _put(self, data: bytes) -> None:
        self._out += data

    def _flush(self) -> None:
        data, self._out = bytes(self._out), bytearray()
        self._wire.send(data)


def _decoded(query: bytes) -> str:
    try:
        return query.decode()
    except UnicodeDecodeError as error:
        raise RedshiftError(
            "22021", f'invalid byte sequence for encoding "UTF8": {error}'
        ) from None
