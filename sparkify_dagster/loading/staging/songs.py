"""Staging of songs: all of them, by file."""

from collections.abc import Collection, Sequence

from sparkify_dagster.lake.source import SourceFile
from sparkify_dagster.lake.staging import StagedFiles
from sparkify_dagster.loading.changes import Change
from sparkify_dagster.loading.ledger import FileChanges, Ledger
from sparkify_dagster.loading.staging.stager import Stager

SONGS = "staging_songs"


class SongStager(Stager):
    """Stages the songs."""

    table = SONGS

    def _outdated(
        self,
        files: FileChanges,
        known: Ledger,  # noqa: ARG002 - rows name their file
        listed: Sequence[SourceFile],  # noqa: ARG002
    ) -> tuple[list[str], list[list[SourceFile]]]:
        gone = [*files.removed, *(file.path for file in files.changed)]
        return gone, [[*files.new, *files.changed]]

    def _remove(
        self,
        removed: Collection[str],
        known: Ledger,  # noqa: ARG002
        number: int,  # noqa: ARG002
        *,
        whole: bool,
    ) -> tuple[list[Change], int]:
        if not removed and not whole:
            return [], 0
        if whole:
            deleted = self._tx.execute(f"DELETE FROM {self.table}")
            for table in ("loaded_files", "rejected_records"):
                self._tx.execute(f"DELETE FROM {table} WHERE {self._where}")
            return [], deleted
        self._tx.execute("CREATE TEMP TABLE gone_files (file VARCHAR(1024))")
        self._tx.insert_into("gone_files", ["VARCHAR(1024)"], ([path] for path in removed))
        deleted, *_ = (
            self._tx.execute(f"DELETE FROM {table} WHERE file IN (SELECT file FROM gone_files)")
            for table in (self.table, "loaded_files", "rejected_records")
        )
        self._tx.execute("DROP TABLE gone_files")
        return [], deleted

    def _made(self, staged: StagedFiles, number: int) -> list[Change]:  # noqa: ARG002
        # The tables that read songs are built in full: one change says all.
        return [Change(self._scope, number + 1, self.table, frozenset())]

    def _new_rows(self, number: int) -> str:  # noqa: ARG002 - songs are few: all are checked
        return self.table
