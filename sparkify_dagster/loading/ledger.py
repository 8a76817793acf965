"""The ledger of loaded files: what a listing holds that the warehouse does not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake.source import Source, SourceFile
from sparkify_dagster.lake.staging import RejectedRecord, StagedFile
from sparkify_dagster.loading.changes import utc_now
from sparkify_dagster.warehouse.base import Transaction

SOURCE = "source"  # the row of warehouse_state that names it; empty before the first load


@dataclass(frozen=True, slots=True)
class Entry:
    """A loaded file: `version` decides whether to read it, `digest` whether it changed.

    `change_number` is the change of its month that brought its rows; files may share one.
    """

    size: int
    version: str
    digest: str
    change_number: int


Ledger = dict[str, Entry]


@dataclass
class FileChanges:
    """How a listing differs from the ledger; a touched file has a new version, the same content."""

    new: list[SourceFile] = field(default_factory=list)
    changed: list[SourceFile] = field(default_factory=list)
    touched: list[SourceFile] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.touched or self.removed)

    def counts(self) -> dict[str, int]:
        """Count the files of each kind."""
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "removed": len(self.removed),
            "unchanged": self.unchanged + len(self.touched),
        }


def read_ledger(tx: Transaction, log_month: str | None) -> Ledger:
    """Read the entries of a log month, or those of the song files."""
    where = "log_month IS NULL" if log_month is None else "log_month = :log_month"
    parameters = {} if log_month is None else {"log_month": log_month}
    return _read(tx, f"WHERE {where}", parameters).get(log_month, {})


def read_ledgers(tx: Transaction) -> dict[str | None, Ledger]:
    """Read all entries: those of the log files by month, those of the song files under None."""
    return _read(tx, "", {})


def _read(tx: Transaction, where: str, parameters: dict[str, str]) -> dict[str | None, Ledger]:
    found: dict[str | None, Ledger] = {}
    rows = tx.query(
        "SELECT log_month, file, size, version, digest, change_number FROM loaded_files " + where,
        **parameters,
    )
    for month, path, *entry in rows:
        found.setdefault(month, {})[path] = Entry(*entry)
    return found


def compare(source: Source, listed: Sequence[SourceFile], ledger: Ledger) -> FileChanges:
    """Compare a listing with the ledger; reads a file only if nothing but its time changed."""
    changes = FileChanges()
    for file in listed:
        entry = ledger.get(file.path)
        if entry is None:
            changes.new.append(file)
        elif (entry.size, entry.version) == (file.size, file.version):
            changes.unchanged += 1
        elif entry.size == file.size and source.content_digest(file) == entry.digest:
            changes.touched.append(file)
        else:
            changes.changed.append(file)
    paths = {file.path for file in listed}
    changes.removed = [path for path in ledger if path not in paths]
    return changes


def write(tx: Transaction, staged: Iterable[StagedFile]) -> None:
    """Add files to the ledger, in the transaction that added their rows."""
    now = utc_now()
    rows = ((s.file, s.digest, s.rows, s.rejects, s.change_number) for s in staged)
    tx.insert(
        "loaded_files",
        (
            (file.path, file.log_month, file.size, file.version, digest, rows, rejects, now, number)
            for file, digest, rows, rejects, number in rows
        ),
    )


def write_rejects(
    tx: Transaction,
    rejected: Iterable[RejectedRecord],
    log_month: str | None,
    numbers: Mapping[str, int],
    *,
    load_failed: bool = False,
) -> None:
    """Record what was rejected; `numbers` gives the change number of each file."""
    tx.insert(
        "rejected_records",
        (
            (r.file, log_month, r.line, r.reason, r.raw_text, numbers.get(r.file, 0), load_failed)
            for r in rejected
        ),
    )


def note_touched(tx: Transaction, files: Sequence[SourceFile]) -> None:
    """Note the new versions of files whose content is as it was."""
    if not files:
        return
    tx.execute("CREATE TEMP TABLE touched_files (file VARCHAR(1024), version VARCHAR(128))")
    types = ["VARCHAR(1024)", "VARCHAR(128)"]
    tx.insert_into("touched_files", types, ([file.path, file.version] for file in files))
    tx.execute(
        "UPDATE loaded_files SET version = touched_files.version FROM touched_files "
        "WHERE loaded_files.file = touched_files.file"
    )
    tx.execute("DROP TABLE touched_files")


def claim_source(tx: Transaction, source: Source) -> None:
    """Note which source the warehouse is loaded from; raises LoadError for another one.

    Without a loaded file the choice is open. Of two first loads at once, the second waits for the
    first: the row that both would change is there already (`schema`), with nothing in it.
    """
    known = _known(tx)
    if known != source.location and not tx.count("loaded_files"):
        tx.execute(
            "UPDATE warehouse_state SET value = :location WHERE name = :name AND value = :known",
            location=source.location,
            name=SOURCE,
            known=known,
        )
        known = _known(tx)
    if known != source.location:
        raise LoadError(
            f"this warehouse was loaded from {known}, not from {source.location}: set "
            "SPARKIFY_SOURCE back, name another SPARKIFY_WAREHOUSE, or empty this one with the "
            "job reset_warehouse"
        )


def known_source(tx: Transaction) -> str | None:
    """Tell which source the warehouse was loaded from."""
    return _known(tx) or None


def _known(tx: Transaction) -> str:
    return read_warehouse_state(tx)[SOURCE]


def read_warehouse_state(tx: Transaction) -> dict[str, str]:
    """Read what the warehouse notes of itself: its source, and the definition of each table."""
    return {
        str(name): str(value) for name, value in tx.query("SELECT name, value FROM warehouse_state")
    }


def refuse_empty(source: Source) -> LoadError:
    """Say that a source lists nothing where the ledger has files."""
    return LoadError(
        f"the source {source.location} lists no file, but the warehouse has files loaded from it: "
        "see that the folder is mounted or the prefix is right. To empty the warehouse, run the "
        "job reset_warehouse"
    )
