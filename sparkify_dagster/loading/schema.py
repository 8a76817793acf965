"""The warehouse's tables, created and kept as their contracts declare them."""

from collections.abc import Iterable

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.loading import ledger, upgrade
from sparkify_dagster.models import catalogue, contract, files
from sparkify_dagster.warehouse.base import Transaction, Warehouse

READERS = "sparkify_readers"  # the group of analysts, if the database has one
_STATE = "warehouse_state"
_TABLE = "table:"  # how the names of the state of tables begin
_READ_BY_ANALYSTS = ("star", "analytics")


def ensure_tables(warehouse: Warehouse) -> list[str]:
    """Create missing tables, and adapt those whose contract changed; return what was created.

    Records and staging tables gain columns and keep their rows. Other tables are created anew, and
    the next load fills them from staging. Tables of this project that have no folder are dropped.
    """
    return warehouse.transact(_ensure, exclusive=True)


def drop_tables(warehouse: Warehouse) -> list[str]:
    """Drop all tables of this project; return the names of those that existed."""

    def drop(tx: Transaction) -> list[str]:
        names = _definitions(tx, tx.existing_tables()).keys() & tx.existing_tables()
        for name in reversed(_by_reference(names)):
            tx.execute(f"DROP TABLE {name}")
        return sorted(names)

    return warehouse.transact(drop, exclusive=True)


def _ensure(tx: Transaction) -> list[str]:
    existing = tx.existing_tables()
    known = _definitions(tx, existing)
    wanted = {name: table.digest for name, table in contract.tables().items()}
    _refuse_unknown(existing & wanted.keys() - known.keys())
    differing = {n for n, made in wanted.items() if n not in existing or known.get(n) != made}
    extended = [
        name for name in sorted(differing & existing) if upgrade.extend(tx, name, known[name])
    ]
    differing -= {*extended}
    dropped = (known.keys() - wanted.keys()) & existing
    created = _with_referring(differing, existing)
    if not (created or extended or dropped):
        return []
    for name in [*reversed(created), *sorted(dropped)]:
        if name in existing:
            tx.execute(f"DROP TABLE {name}")
    for name in created:
        tx.execute_script(_creation(name))
    if _STATE in created:
        tx.insert(_STATE, [(ledger.SOURCE, "")])
    _forget(tx, [*created, *dropped])
    changed = wanted if _STATE in created else [*created, *extended]
    _record(tx, changed, dropped, wanted)
    if extended:
        upgrade.adopt_staging(tx)
    _grant(tx, created)
    return created


def _creation(name: str) -> str:
    """Return the statements that create a table.

    The database's own comments are for those who find a table there: Redshift spends a statement
    on each, and analysts do not see control and staging tables.
    """
    sql = files.read(name, "table.sql")
    if contract.table(name).layer in _READ_BY_ANALYSTS:
        return sql
    return sql.partition("COMMENT ON ")[0]


def _record(
    tx: Transaction, changed: Iterable[str], dropped: Iterable[str], wanted: dict[str, str]
) -> None:
    """Record the definitions of tables that were created, extended or dropped."""
    keys = ", ".join(f"'{_key(name)}'" for name in [*changed, *dropped])
    tx.execute(f"DELETE FROM {_STATE} WHERE name IN ({keys})")
    tx.insert(_STATE, [(_key(name), wanted[name]) for name in changed])


def _forget(tx: Transaction, names: Iterable[str]) -> None:
    """Remove the records of builds of tables that are empty now or gone."""
    tables = {*names}
    if tables & {"loaded_files", "rejected_records"}:
        # Which files are loaded is not known any more: staging reads all of them again.
        tables |= {"staging_events", "staging_songs"}
    quoted = ", ".join(f"'{name}'" for name in sorted(tables))
    if quoted:
        tx.execute(f"DELETE FROM table_builds WHERE table_name IN ({quoted})")


def _grant(tx: Transaction, created: Iterable[str]) -> None:
    """Let analysts read the tables that are meant for them."""
    names = [n for n in created if contract.table(n).layer in _READ_BY_ANALYSTS]
    if names and tx.has_group(READERS):
        schema = tx.value("SELECT CURRENT_SCHEMA()")
        tx.execute(f'GRANT USAGE ON SCHEMA "{schema}" TO GROUP {READERS}')
        tx.execute(f"GRANT SELECT ON TABLE {', '.join(names)} TO GROUP {READERS}")


def _refuse_unknown(names: set[str]) -> None:
    """Leave tables alone that have our names and were created by somebody else."""
    if names:
        raise WarehouseError(
            f"the warehouse has tables that this project did not create: "
            f"{', '.join(sorted(names))}. Name another database in SPARKIFY_WAREHOUSE, or a schema "
            "of its own in SPARKIFY_SCHEMA"
        )


def _with_referring(changed: set[str], existing: set[str]) -> list[str]:
    """Add the tables that refer to one that is dropped: Redshift refuses to drop it otherwise."""
    names = set(changed)
    for name in _by_reference(existing & contract.tables().keys()):
        if any(r.table in names & existing for r in contract.table(name).references):
            names.add(name)
    return _by_reference(names)


def _by_reference(names: Iterable[str]) -> list[str]:
    """Sort tables after those that they refer to, which must exist first."""
    order = [*catalogue.control_tables(), *catalogue.models()]
    wanted = set(names)
    return [*sorted(wanted.difference(order)), *(name for name in order if name in wanted)]


def _definitions(tx: Transaction, existing: set[str]) -> dict[str, str]:
    """Read which tables this project created, and from which definitions."""
    if _STATE not in existing:
        return {}
    known = ledger.read_warehouse_state(tx)
    return {n.removeprefix(_TABLE): made for n, made in known.items() if n.startswith(_TABLE)}


def _key(table: str) -> str:
    return f"{_TABLE}{table}"
