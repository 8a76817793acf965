"""Log files into staging_events: COPY from where they lie, then the rules that it does not know."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparkify_dagster import partitions, sql_files
from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake.source import Source, SourceChanged, SourceFile
from sparkify_dagster.lake.staging import (
    StagedFile,
    StagedFiles,
    StagingTask,
    too_many_rejects,
)
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

_SHOWN_REJECTS = 3


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
        """Copy, judge, and take the good records into staging.

        Raises LoadError with more rejects than are left, SourceChanged where a file is no longer
        what was listed, and psycopg2.Error.
        """
        self._tx.run_file("copy/staging_events/create")
        copied = sum(self._copy(zipped=zipped) for zipped in (False, True))
        faulty = self._judge()
        taken = self._tx.execute(
            sql_files.read("copy/staging_events/insert"), log_month=self._month
        )
        if taken + faulty != copied:
            raise LoadError(
                f"{self._month}: COPY loaded {copied} records, but {taken} were taken into "
                f"staging and {faulty} rejected; nothing was loaded"
            )
        self._tx.execute("DROP TABLE copied_events")
        _refuse_if_changed(self._task.source, self._month, self._task.files)
        files = [StagedFile(file, file.version, None, None) for file in self._task.files]
        self._staged.files = files
        self._staged.uncounted_rows = taken
        return self._staged

    @property
    def _month(self) -> str:
        assert self._task.log_month is not None  # noqa: S101 - for the type checker
        return self._task.log_month

    @property
    def _rejects_left(self) -> int:
        return self._task.rejects_left - len(self._staged.rejected)

    def _copy(self, *, zipped: bool) -> int:
        """Copy the plain files or the zipped ones: GZIP holds for all files of a COPY."""
        files = [file for file in self._task.files if file.zipped is zipped and file.size]
        if not files:
            return 0
        listed = [(url_of(self._task.source, file), file.size) for file in files]
        manifest = self._folder.put_manifest("zipped" if zipped else "plain", listed)
        sql = sql_files.read("copy/staging_events/copy") + ("GZIP" if zipped else "")
        options = {
            **self._options,
            "manifest": manifest,
            # COPY fails at it, not above it.
            "max_errors": min(self._rejects_left + 1, MOST_ERRORS),
        }
        watched = Watched(self._task.title, sum(file.size for file in files))
        copied = self._copy_or_tell(sql, options, watched, files)
        rejected = rejected_by_copy(copied.errors, self._task, files)
        if len(rejected) != len(copied.errors):
            raise LoadError(
                f"{self._month}: COPY rejected records of files that it was not given; nothing "
                f"was loaded. The first error was in {copied.errors[0].url}"
            )
        self._staged.rejected += rejected
        return copied.loaded

    def _copy_or_tell(
        self, sql: str, options: dict[str, object], watched: Watched, files: Sequence[SourceFile]
    ) -> Copied:
        import psycopg2

        try:
            return self._copier.copy(sql, options, watched)
        except CopyFailedError as error:
            refuse_fatal(self._task, files, error)
            first = rejected_by_copy(error.errors[:_SHOWN_REJECTS], self._task, files)
            raise too_many_rejects(self._month, [*self._staged.rejected, *first]) from error
        except psycopg2.Error as error:
            refuse_fatal(self._task, files, error)
            # A file that went or changed since it was listed fails COPY in words of many kinds.
            _refuse_if_changed(self._task.source, self._month, files)
            raise

    def _judge(self) -> int:
        """Reject what COPY took against the rules; tell how many."""
        window = partitions.window(self._month)
        self._tx.run_file(
            "copy/staging_events/judge",
            log_month=self._month,
            first_moment=window.start_ms,
            end_moment=window.end_ms,
        )
        most = max(0, self._rejects_left) + 1
        answer = self._tx.ask(sql_files.read("copy/staging_events/rejected"), most=most)
        records = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        self._staged.rejected += [rejected_by_rules(record, self._task) for record in records]
        if len(self._staged.rejected) > self._task.rejects_left:
            raise too_many_rejects(self._month, self._staged.rejected)
        return len(records)


def _refuse_if_changed(source: Source, month: str, files: Sequence[SourceFile]) -> None:
    """List the month again; raises SourceChanged where a file is not as it was."""
    now = {file.path: (file.size, file.version) for file in source.list_month(month)}
    for file in files:
        if now.get(file.path) != (file.size, file.version):
            raise SourceChanged(f"{file.path} changed while it was loaded")
