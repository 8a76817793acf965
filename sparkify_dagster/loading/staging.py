"""Staging a log month, or the songs: what changed in the source, in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sparkify_dagster import contract
from sparkify_dagster.lake import datasets
from sparkify_dagster.lake.fingerprint import fingerprint_of
from sparkify_dagster.lake.source import Source, SourceChanged, SourceFile
from sparkify_dagster.lake.staging import RejectedRecord, StagedFiles, StagingTask, too_many_rejects
from sparkify_dagster.loading import builds, ledger
from sparkify_dagster.loading.builds import WHOLE, Build
from sparkify_dagster.loading.ledger import Changes
from sparkify_dagster.warehouse.base import Locks, Transaction, Warehouse

_RULES = "1"  # changes when the reading of records does: staging is then read again
_TRIES = 3


@dataclass(frozen=True)
class Staged:
    """What a load into staging found and did; `listed` is the fingerprint of the files it saw."""

    log_month: str | None
    changes: Changes
    rows: int
    rows_loaded: int
    rejected: int
    version: str
    listed: str

    @property
    def title(self) -> str:
        """What it was, for messages."""
        return self.log_month or "songs"


def claim_source(warehouse: Warehouse, source: Source) -> None:
    """Note the source before months are staged side by side: they would all want to.

    Raises LoadError where the warehouse was loaded from another one.
    """
    warehouse.transact(lambda tx: ledger.claim_source(tx, source))


def stage_month(warehouse: Warehouse, source: Source, log_month: str, max_rejects: int) -> Staged:
    """Bring a log month of staging_events up to date with the source.

    New files are added; a changed or removed one has the month read again. Raises LoadError with
    more rejects than the month may hold; nothing of it is changed then.
    """
    locks = Locks(write=("staging_events",), month=log_month)
    return _while_it_changes(
        lambda: source.list_month(log_month),
        lambda files: warehouse.transact(
            lambda tx: _MonthStager(tx, source, log_month, max_rejects).run(files), locks
        ),
    )


def stage_songs(warehouse: Warehouse, source: Source, max_rejects: int) -> Staged:
    """Bring staging_songs up to date with the source: only files that changed are read."""
    locks = Locks(write=("staging_songs",))
    return _while_it_changes(
        source.list_songs,
        lambda files: warehouse.transact(
            lambda tx: _SongStager(tx, source, None, max_rejects).run(files), locks
        ),
    )


def staging_rules(table: str) -> str:
    """Digest what the reading of records depends on."""
    return builds.digest_of(
        _RULES, contract.table(table).digest, datasets.of_table(table).jsonpaths
    )


def _while_it_changes(
    list_files: Callable[[], list[SourceFile]], load: Callable[[list[SourceFile]], Staged]
) -> Staged:
    """Load what is listed, and list again where a file changed in between."""
    for _ in range(_TRIES - 1):
        try:
            return load(list_files())
        except SourceChanged:
            continue
    return load(list_files())


class _Stager:
    """One load into a staging table, within a transaction."""

    table: str

    def __init__(
        self, tx: Transaction, source: Source, log_month: str | None, max_rejects: int
    ) -> None:
        self._tx = tx
        self._source = source
        self._log_month = log_month
        self._max_rejects = max_rejects

    def run(self, listed: Sequence[SourceFile]) -> Staged:
        """Load what differs between a listing and the ledger."""
        ledger.claim_source(self._tx, self._source)
        known = ledger.read_ledger(self._tx, self._log_month)
        if known and not listed and self._source.list_all().empty:
            raise ledger.refuse_empty(self._source)
        last = builds.read_builds(self._tx, self._log_month).get((self.table, self._scope))
        if last is None or last.inputs != staging_rules(self.table):
            self._clear()
            known = {}
        changes = ledger.compare(self._source, listed, known)
        if not changes and last is not None and last.inputs == staging_rules(self.table):
            return self._told(changes, last, 0, listed)
        ledger.note_touched(self._tx, changes.touched)
        staged = self._load(changes, listed)
        loaded = staged.uncounted_rows + sum(entry.rows or 0 for entry in staged.files)
        return self._told(changes, self._record(), loaded, listed)

    def _load(self, changes: Changes, listed: Sequence[SourceFile]) -> StagedFiles:
        files = self._make_room(changes, listed)
        staged = self._tx.stage(
            StagingTask(
                source=self._source,
                dataset=datasets.of_table(self.table),
                files=files,
                log_month=self._log_month,
                rejects_left=self._max_rejects - self._rejects(),
            )
        )
        ledger.write(self._tx, staged.files)
        ledger.write_rejects(self._tx, staged.rejected, self._log_month)
        return staged

    def _make_room(self, changes: Changes, listed: Sequence[SourceFile]) -> list[SourceFile]:
        """Take out the rows that go, and say which files are to be read."""
        raise NotImplementedError

    def _clear(self) -> None:
        """Take out all rows, and what the ledger says of them."""
        self._tx.execute(f"DELETE FROM {self.table} WHERE {self._where}", **self._scope_values)
        for table in ("loaded_files", "rejected_records"):
            self._tx.execute(f"DELETE FROM {table} WHERE {self._where_file}", **self._scope_values)

    def _told(
        self, changes: Changes, build: Build, loaded: int, listed: Sequence[SourceFile]
    ) -> Staged:
        return Staged(
            self._log_month,
            changes,
            build.row_count,
            loaded,
            self._rejects(),
            build.version,
            fingerprint_of(listed),
        )

    def _record(self) -> Build:
        self._refuse_too_many_rejects()
        now = ledger.read_ledger(self._tx, self._log_month)
        rules = staging_rules(self.table)
        version = ledger.ledger_version(now, rules)
        rows = self._tx.count(self.table, self._where, **self._scope_values)
        build = Build(self.table, self._scope, rules, version, None, rows)
        builds.record(self._tx, build)
        return build

    def _refuse_too_many_rejects(self) -> None:
        if self._rejects() > self._max_rejects:
            rows = self._tx.query(
                "SELECT file, line, reason, raw_text FROM rejected_records "
                f"WHERE {self._where_file} ORDER BY file, line LIMIT 3",
                **self._scope_values,
            )
            raise too_many_rejects(self._log_month, [RejectedRecord(*row) for row in rows])

    def _rejects(self) -> int:
        return self._tx.count("rejected_records", self._where_file, **self._scope_values)

    @property
    def _scope(self) -> str:
        return self._log_month or WHOLE

    @property
    def _scope_values(self) -> dict[str, object]:
        return {"log_month": self._log_month} if self._log_month else {}

    @property
    def _where(self) -> str:
        return "log_month = :log_month" if self._log_month else "1 = 1"

    @property
    def _where_file(self) -> str:
        return "log_month = :log_month" if self._log_month else "log_month IS NULL"


class _MonthStager(_Stager):
    table = "staging_events"

    def _make_room(self, changes: Changes, listed: Sequence[SourceFile]) -> list[SourceFile]:
        if not changes.changed and not changes.removed:
            return changes.new
        self._clear()
        return list(listed)


class _SongStager(_Stager):
    table = "staging_songs"

    def _make_room(self, changes: Changes, listed: Sequence[SourceFile]) -> list[SourceFile]:  # noqa: ARG002
        gone = [*changes.removed, *(file.path for file in changes.changed)]
        if gone:
            self._tx.execute("CREATE TEMP TABLE gone_files (file VARCHAR(1024))")
            self._tx.insert_into("gone_files", ["VARCHAR(1024)"], ([path] for path in gone))
            for table in (self.table, "loaded_files", "rejected_records"):
                self._tx.execute(f"DELETE FROM {table} WHERE file IN (SELECT file FROM gone_files)")
            self._tx.execute("DROP TABLE gone_files")
        return [*changes.new, *changes.changed]
