"""Staging of events: by log month, with the days that each change touched."""

from collections.abc import Collection, Sequence
from datetime import date

from sparkify_dagster import partitions
from sparkify_dagster.lake.source import SourceFile
from sparkify_dagster.lake.staging import StagedFiles
from sparkify_dagster.loading.changes import Change
from sparkify_dagster.loading.ledger import FileChanges, Ledger
from sparkify_dagster.loading.staging.stager import Stager
from sparkify_dagster.models import windows

EVENTS = "staging_events"


class EventStager(Stager):
    """Stages a log month of events."""

    table = EVENTS

    def _outdated(
        self, files: FileChanges, known: Ledger, listed: Sequence[SourceFile]
    ) -> tuple[list[str], list[list[SourceFile]]]:
        """Return all files of the changes that brought a changed or removed file.

        Files that did not change are read as a group of their own, so that a file that changes
        every hour has them read again only once.
        """
        gone = {*files.removed, *(file.path for file in files.changed)}
        numbers = {known[path].change_number for path in gone}
        removed = [path for path, entry in known.items() if entry.change_number in numbers]
        same = {*removed}.difference(gone)
        unchanged = [file for file in listed if file.path in same]
        other = sorted([*files.new, *files.changed], key=lambda file: file.path)
        return removed, [group for group in (unchanged, other) if group]

    def _remove(
        self, removed: Collection[str], known: Ledger, number: int, *, whole: bool
    ) -> tuple[list[Change], int]:
        if not removed and not whole:
            return [], 0
        numbers = sorted({known[path].change_number for path in removed})
        condition = ""
        if not whole:
            condition = f" AND change_number IN ({', '.join(map(str, numbers))})"
        before = self._days_of(numbers, condition)
        days = windows.Window.of_days(before)
        bounds = "" if whole else f" AND {days.condition(self._model)}"
        deleted = self._tx.execute(
            f"DELETE FROM {self.table} WHERE {self._where}{condition}{bounds}",
            **self._values,
            **days.parameters(),
        )
        for table in ("loaded_files", "rejected_records"):
            self._tx.execute(f"DELETE FROM {table} WHERE {self._where}{condition}", **self._values)
        touched = frozenset(day.day for day in before)
        return ([Change(self._scope, number, self.table, touched)] if deleted else []), deleted

    def _days_of(self, numbers: Sequence[int], condition: str) -> list[date]:
        """Return the days in which the rows of changes lie; rows of change 0 may be anywhere."""
        assert self._log_month is not None  # noqa: S101 - events have a month
        rows = self._tx.query(
            f"SELECT change_number, days FROM changes WHERE {self._where}{condition}",
            **self._values,
        )
        if (
            not numbers
            or 0 in numbers
            or len({number for number, _ in rows}.intersection(numbers)) < len(numbers)
        ):
            return partitions.days_of(self._log_month)
        days = {int(day) for _, text in rows for day in str(text).split(",") if day}
        return [day for day in partitions.days_of(self._log_month) if day.day in days]

    def _made(self, staged: StagedFiles, number: int) -> list[Change]:  # noqa: ARG002
        days: dict[int, frozenset[int]] = {}
        for file in staged.files:
            days[file.change_number] = days.get(file.change_number, frozenset()) | file.days
        return [Change(self._scope, n, self.table, touched) for n, touched in sorted(days.items())]

    def _new_rows(self, number: int) -> str:  # noqa: ARG002 - a parameter of the statement
        return f"(SELECT * FROM {self.table} WHERE {self._where} AND change_number > :first_change)"
