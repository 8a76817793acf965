"""Log files into staging_events: COPY from where they lie, then the rules that it does not know."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparkify_dagster import partitions
from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake.broken import BrokenFileError
from sparkify_dagster.lake.copied import invalid_reason_sql
from sparkify_dagster.lake.inspection import broken_files
from sparkify_dagster.lake.source import Source, SourceChanged, SourceFile
from sparkify_dagster.lake.staging import (
    KEPT_REJECTS,
    StagedFile,
    StagedFiles,
    StagingTask,
    TooManyRejects,
)
from sparkify_dagster.models import files as sql
from sparkify_dagster.warehouse.redshift.control import LoadFolder
from sparkify_dagster.warehouse.redshift.copying import (
    MOST_ERRORS,
    Copied,
    Copier,
    CopyFailedError,
    Watched,
)
from sparkify_dagster.warehouse.redshift.large_objects import refuse_fatal
from sparkify_dagster.warehouse.redshift.rejects import (
    rejected_by_copy,
    rejected_by_rules,
    url_of,
)

if TYPE_CHECKING:
    from sparkify_dagster.warehouse.base import Transaction


class EventStager:
    """Stages the log files of one month; `options` are COPY's, the same for all of them."""

    def __init__(
        self,
        transaction: "Transaction",
        copier: Copier,
        folder: LoadFolder,
        task: StagingTask,
        options: dict[str, object],
    ) -> None:
        self._tx = transaction
        self._copier = copier
        self._folder = folder
        self._task = task
        self._options = options
        self._staged = StagedFiles()

    def run(self) -> StagedFiles:
        """Copy, validate, and take the good records into staging.

        Raises BrokenFileError, LoadError if COPY fails, SourceChanged if a file is no longer what
        was listed, and psycopg2.Error.
        """
        faults = broken_files(self._task.source, self._task.files)
        if faults:
            raise BrokenFileError(faults, self._month)
        self._tx.execute(_read("create"))
        copied = sum(self._copy(zipped=zipped) for zipped in (False, True))
        faulty, days = self._validate()
        taken = self._tx.execute(
            self._validated("insert"),
            log_month=self._month,
            change_number=self._task.first_change,
        )
        if taken + faulty != copied:
            raise LoadError(
                f"{self._month}: COPY loaded {copied} records, but {taken} were taken into "
                f"staging and {faulty} rejected; nothing was loaded"
            )
        self._tx.execute("DROP TABLE copied_events")
        _refuse_if_changed(self._task.source, self._month, self._task.files)
        # COPY does not report which file a row came from: the files share a change.
        number = self._task.first_change
        self._staged.files = [
            StagedFile(file, file.version, None, None, number, days) for file in self._task.files
        ]
        self._staged.uncounted_rows = taken
        return self._staged

    @property
    def _month(self) -> str:
        assert self._task.log_month is not None  # noqa: S101 - for the type checker
        return self._task.log_month

    def _copy(self, *, zipped: bool) -> int:
        """Copy the plain files or the zipped ones: GZIP holds for all files of a COPY."""
        files = [file for file in self._task.files if file.zipped is zipped and file.size]
        if not files:
            return 0
        listed = [(url_of(self._task.source, file), file.size) for file in files]
        manifest = self._folder.put_manifest("zipped" if zipped else "plain", listed)
        statement = _read("copy") + ("GZIP" if zipped else "")
        options = {**self._options, "manifest": manifest, "max_errors": MOST_ERRORS}
        watched = Watched(self._task.title, sum(file.size for file in files))
        copied = self._copy_files(statement, options, watched, files)
        kept = copied.errors[: max(KEPT_REJECTS, self._task.max_rejects)]
        rejected = rejected_by_copy(kept, self._task, files)
        if len(rejected) != len(kept):
            raise LoadError(
                f"{self._month}: COPY rejected records of files that it was not given; nothing "
                f"was loaded. The first error was in {copied.errors[0].url}"
            )
        for record in rejected:
            self._staged.reject(record, self._task.max_rejects)
        self._staged.rejects += len(copied.errors) - len(kept)
        return copied.loaded

    def _copy_files(
        self,
        statement: str,
        options: dict[str, object],
        watched: Watched,
        files: Sequence[SourceFile],
    ) -> Copied:
        import psycopg2

        try:
            return self._copier.copy(statement, options, watched)
        except CopyFailedError as error:
            refuse_fatal(self._task, files, error)
            first = rejected_by_copy(error.errors[:KEPT_REJECTS], self._task, files)
            raise TooManyRejects(
                self._month,
                MOST_ERRORS,
                self._task.max_rejects,
                [*self._staged.rejected, *first],
            ) from error
        except psycopg2.Error as error:
            refuse_fatal(self._task, files, error)
            # A file that went or changed since it was listed fails COPY in words of many kinds.
            _refuse_if_changed(self._task.source, self._month, files)
            raise

    def _validated(self, file: str) -> str:
        """Return an SQL file that sees in each copied event, as `fault`, why it is rejected."""
        fault = invalid_reason_sql(self._task.dataset, self._month)
        validated = f"(SELECT *, {fault} AS fault FROM copied_events) AS copied_events"
        return _read(file).replace("FROM copied_events", f"FROM {validated}")

    def _validate(self) -> tuple[int, frozenset[int]]:
        """Reject what COPY accepted against the rules.

        Returns the number of rejects, and the days of the month in which the good events lie.
        """
        most = max(KEPT_REJECTS, self._task.max_rejects)
        answer = self._tx.ask(self._validated("rejected"), most=most)
        for row in answer.rows:
            record = dict(zip(answer.columns, row, strict=True))
            self._staged.reject(rejected_by_rules(record, self._task), self._task.max_rejects)
        rejects, days = 0, set[int]()
        window = partitions.window(self._month)
        for day, rows in self._tx.query(self._validated("days")):
            if day is None:
                rejects = int(rows)
            else:
                days.add(int(day) - window.first_day_number + 1)
        self._staged.rejects += rejects - len(answer.rows)
        return rejects, frozenset(days)


def _read(file: str) -> str:
    return sql.read("staging_events", f"{file}.sql")


def _refuse_if_changed(source: Source, month: str, files: Sequence[SourceFile]) -> None:
    """List the month again; raises SourceChanged where a file is not as it was."""
    now = {file.path: (file.size, file.version) for file in source.list_month(month)}
    for file in files:
        if now.get(file.path) != (file.size, file.version):
            raise SourceChanged(f"{file.path} changed while it was loaded")
