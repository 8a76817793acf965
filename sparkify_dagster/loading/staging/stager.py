"""One load into a staging table, within a transaction: what both tables have in common."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake import datasets
from sparkify_dagster.lake.fingerprint import fingerprint_of
from sparkify_dagster.lake.source import Source, SourceFile
from sparkify_dagster.lake.staging import StagedFiles, StagingTask, TooManyRejects
from sparkify_dagster.loading import audit, builds, changes, ledger
from sparkify_dagster.loading.audit import Outcome, Query
from sparkify_dagster.loading.builds import Build, State
from sparkify_dagster.loading.changes import ALL, Change
from sparkify_dagster.loading.checks import NO_REJECTS, checks_of
from sparkify_dagster.loading.digests import checks_digest
from sparkify_dagster.loading.ledger import FileChanges, Ledger
from sparkify_dagster.models import catalogue, windows
from sparkify_dagster.models.dialects import digest
from sparkify_dagster.warehouse.base import Transaction

SAMPLE_ROWS = 5  # of the rejects, in the outcome of their check


@dataclass(frozen=True)
class Staged:
    """What a load into staging found and did; `listed` is the fingerprint of the files it saw.

    `version` is empty for a month that has no files and never had any: nothing is recorded of it.
    """

    log_month: str | None
    files: FileChanges
    rows: int
    rows_loaded: int
    rejected: int
    version: str
    listed: str
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The month, or `songs`."""
        return self.log_month or "songs"

    @property
    def without_files(self) -> bool:
        """Whether the month has no files and never had any."""
        return not self.version


class StagingFailed(LoadError):  # noqa: N818 - says what happened
    """The rows of a load fail a check of their staging table; nothing of it was kept."""

    def __init__(self, log_month: str, outcomes: Sequence[Outcome], message: str) -> None:
        super().__init__(message)
        self.log_month = log_month
        self.outcomes = list(outcomes)


class Stager:
    """One load into a staging table, within a transaction."""

    table: str

    def __init__(
        self, tx: Transaction, source: Source, log_month: str | None, max_rejects: int
    ) -> None:
        self._tx = tx
        self._source = source
        self._log_month = log_month
        self._max_rejects = max_rejects
        self._model = catalogue.get(self.table)
        self._scope = log_month or ALL
        self._where, self._values = _files_of(log_month)

    def run(self, listed: Sequence[SourceFile]) -> Staged:
        """Load what differs between a listing and the ledger."""
        ledger.claim_source(self._tx, self._source)
        known = ledger.read_ledger(self._tx, self._log_month)
        if known and not listed and self._source.list_all().empty:
            raise ledger.refuse_empty(self._source)
        state = builds.read_state(self._tx)
        last = state.builds.get((self.table, self._scope))
        files = ledger.compare(self._source, listed, known)
        if self._log_month and not listed and not known and last is None:
            forget_failed_load(self._tx, self._log_month)
            return Staged(self._log_month, files, 0, 0, 0, "", fingerprint_of([]))
        same_rules = last is not None and last.inputs == state.wanted_inputs(self._model)
        if last and same_rules and not files:
            return self._result(files, last, 0, listed, [])
        ledger.note_touched(self._tx, files.touched if same_rules else [])
        if same_rules:
            removed, to_read = self._outdated(files, known, listed)
        else:
            removed, to_read = [*known], [[*listed]]
        return self._load(state, files, known, removed, to_read, listed)

    def _load(  # noqa: PLR0913, PLR0917 - what differs, and what is to be done about it
        self,
        state: State,
        files: FileChanges,
        known: Ledger,
        removed: Collection[str],
        to_read: Sequence[Sequence[SourceFile]],
        listed: Sequence[SourceFile],
    ) -> Staged:
        last = state.builds.get((self.table, self._scope))
        forget_failed_load(self._tx, self._log_month)
        # Without a record, there may be changes and rows that neither state nor ledger knows.
        newest = state.newest(self._scope) if last else changes.newest(self._tx, self._scope)
        number = newest + 1
        whole = len(removed) == len(known) and (bool(known) or last is None)
        made, deleted = self._remove(removed, known, number, whole=whole)
        staged = self._read(to_read, number + 1)
        self._tx.refresh_statistics(self.table)
        rejects = self._refuse_too_many(staged)
        numbers = {s.file.path: s.change_number for s in staged.files}
        ledger.write(self._tx, staged.files)
        ledger.write_rejects(self._tx, staged.rejected, self._log_month, numbers)
        made += self._made(staged, number)
        changes.write(self._tx, made)
        loaded = staged.uncounted_rows + sum(entry.rows or 0 for entry in staged.files)
        rows = (last.row_count if last else 0) - deleted + loaded
        outcomes = self._audit(number)
        build = self._record(state, rows, made[-1].number if made else number)
        return self._result(files, build, loaded, listed, outcomes, rejects)

    def _read(self, groups: Sequence[Sequence[SourceFile]], number: int) -> StagedFiles:
        """Read groups of files; no change contains files of two groups."""
        total = StagedFiles()
        for files in groups:
            staged = self._tx.stage(
                StagingTask(
                    source=self._source,
                    dataset=datasets.of_table(self.table),
                    files=files,
                    log_month=self._log_month,
                    max_rejects=self._max_rejects,
                    first_change=number,
                )
            )
            number = max([number, *(s.change_number + 1 for s in staged.files)])
            total.add(staged)
        return total

    def _outdated(
        self, files: FileChanges, known: Ledger, listed: Sequence[SourceFile]
    ) -> tuple[list[str], list[list[SourceFile]]]:
        """Return the files whose rows go, and the groups of files to read."""
        raise NotImplementedError

    def _remove(
        self, removed: Collection[str], known: Ledger, number: int, *, whole: bool
    ) -> tuple[list[Change], int]:
        """Delete the rows of files; return the change that this is, and the number of rows."""
        raise NotImplementedError

    def _made(self, staged: StagedFiles, number: int) -> list[Change]:
        """Return the changes that brought rows."""
        raise NotImplementedError

    def _new_rows(self, number: int) -> str:
        """Return the rows that the load brought, to stand after FROM."""
        raise NotImplementedError

    def _refuse_too_many(self, staged: StagedFiles) -> int:
        kept = self._tx.count("rejected_records", self._where, **self._values)
        if kept + staged.rejects > self._max_rejects:
            raise TooManyRejects(
                self._log_month, kept + staged.rejects, self._max_rejects, staged.rejected
            )
        return kept + staged.rejects

    def _audit(self, number: int) -> list[Outcome]:
        """Check the rows that the load brought; raises LoadError if they fail."""
        own = self._new_rows(number)
        queries = [
            Query(
                windows.bound(check.sql, lambda table: own if table == self.table else table),
                audit.month_of(check, self._model),
                check,
            )
            for check in checks_of(self.table)
            if not check.warning
        ]
        values = {**self._values, "first_change": number}
        counts = audit.count(self._tx, queries, values)
        outcomes = list(audit.outcomes(self._tx, queries, counts, values))
        failed = [f"{o.check.name}: {o.summary}" for o in outcomes if o.blocks]
        if failed:
            raise StagingFailed(self._scope, outcomes, "; ".join(failed))
        return outcomes

    def _record(self, state: State, rows: int, number: int) -> Build:
        inputs = state.wanted_inputs(self._model)
        version = digest(inputs, str(number))
        checked = checks_digest(self.table)
        build = Build(self.table, self._scope, inputs, version, checked, rows, number)
        builds.record(self._tx, state, [build])
        return build

    def _result(  # noqa: PLR0913, PLR0917 - what a load came to
        self,
        files: FileChanges,
        build: Build,
        loaded: int,
        listed: Sequence[SourceFile],
        outcomes: Sequence[Outcome],
        rejects: int | None = None,
    ) -> Staged:
        if rejects is None:
            rejects = self._tx.count("rejected_records", self._where, **self._values)
        return Staged(
            self._log_month,
            files,
            build.row_count,
            loaded,
            rejects,
            build.version,
            fingerprint_of(listed),
            [*outcomes, self._rejects_outcome(rejects)],
        )

    def _rejects_outcome(self, rejects: int) -> Outcome:
        [check] = [c for c in checks_of(self.table) if c.name == NO_REJECTS]
        if not rejects:
            return Outcome(check)
        sample = self._tx.ask(
            "SELECT file, line, reason FROM rejected_records "
            f"WHERE {self._where} ORDER BY file, line LIMIT {SAMPLE_ROWS}",
            **self._values,
        )
        return Outcome(check, {self._scope: rejects}, sample)


def forget_failed_load(tx: Transaction, log_month: str | None) -> None:
    """Remove the rejects that were kept of a load of a month, or of the songs, that failed."""
    where, values = _files_of(log_month)
    tx.execute(f"DELETE FROM rejected_records WHERE {where} AND load_failed", **values)


def _files_of(log_month: str | None) -> tuple[str, dict[str, object]]:
    if log_month is None:
        return "log_month IS NULL", {}
    return "log_month = :log_month", {"log_month": log_month}
