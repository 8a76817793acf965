"""The warehouse's tables, kept as the contract declares them."""

from collections.abc import Iterable

from sparkify_dagster import contract
from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.loading import ledger
from sparkify_dagster.warehouse.base import Locks, Transaction, Warehouse, create_script

_STATE = "warehouse_state"
_STAGING = ("staging_events", "staging_songs")


def ensure_tables(warehouse: Warehouse) -> list[str]:
    """Make what is missing, and make anew what the contract declares otherwise than it is.

    A table made anew is empty and without record of a build, so the next load fills it: staging
    from the source, the rest from staging. Gives the names of the tables that were made.
    """
    return warehouse.transact(_ensure, Locks(write=(_STATE,)))


def drop_tables(warehouse: Warehouse) -> list[str]:
    """Drop all tables of the contract; gives the names of those that were there."""

    def drop(tx: Transaction) -> list[str]:
        names = _by_reference(_definitions(tx).keys() & tx.existing_tables())
        for name in reversed(names):
            tx.execute(f"DROP TABLE {name}")
        return sorted(names)

    return warehouse.transact(drop, Locks(write=tuple(contract.tables())))


def _ensure(tx: Transaction) -> list[str]:
    existing, known = tx.existing_tables(), _definitions(tx)
    wanted = {name: table.digest for name, table in contract.tables().items()}
    _refuse_strangers(existing & wanted.keys() - known.keys())
    changed = {n for n, digest in wanted.items() if n not in existing or known.get(n) != digest}
    made = _with_referring(changed, existing)
    for name in reversed(made):
        if name in existing:
            tx.execute(f"DROP TABLE {name}")
    for name in made:
        tx.execute(create_script(name))
    if _STATE in made:
        tx.insert(_STATE, [(ledger.SOURCE, "")])
    told = wanted if _STATE in made else made
    for name in made:
        tx.execute(f"DELETE FROM {_STATE} WHERE name = :name", name=_key(name))
        _forget_loads(tx, name)
    tx.insert(_STATE, [(_key(name), wanted[name]) for name in told])
    return made


def _refuse_strangers(names: set[str]) -> None:
    """Leave tables alone that have our names and were made by somebody else."""
    if names:
        raise WarehouseError(
            f"the warehouse has tables that this project did not make: {', '.join(sorted(names))}. "
            "Name a database, or a schema, of its own in SPARKIFY_WAREHOUSE"
        )


def _with_referring(changed: set[str], existing: set[str]) -> list[str]:
    """Add the tables that refer to one that is dropped: Redshift drops none that is referred to."""
    names = set(changed)
    for name in _by_reference(existing & contract.tables().keys()):
        if any(r.table in names & existing for r in contract.table(name).references):
            names.add(name)
    return _by_reference(names)


def _by_reference(names: Iterable[str]) -> list[str]:
    """Put tables after those that they refer to: Redshift wants these to be there."""
    ordered: list[str] = []

    def place(name: str) -> None:
        for reference in contract.table(name).references:
            place(reference.table)
        if name not in ordered:
            ordered.append(name)

    for name in sorted(contract.tables()):
        place(name)
    wanted = set(names)
    return [name for name in ordered if name in wanted]


def _forget_loads(tx: Transaction, table: str) -> None:
    """Take back what the records say of a table that is empty now."""
    owner = "users" if table == "user_months" else table
    tx.execute("DELETE FROM table_builds WHERE table_name = :name", name=owner)
    if table in ("loaded_files", "rejected_records"):
        # What was loaded is not known any more: staging is read again, in full.
        for staging in _STAGING:
            tx.execute("DELETE FROM table_builds WHERE table_name = :name", name=staging)


def _definitions(tx: Transaction) -> dict[str, str]:
    """Read which tables of the contract were made, and from which definitions."""
    if _STATE not in tx.existing_tables():
        return {}
    rows = tx.query(f"SELECT name, value FROM {_STATE} WHERE name LIKE 'table:%'")
    found = {str(name).removeprefix("table:"): str(value) for name, value in rows}
    return {name: digest for name, digest in found.items() if name in contract.tables()}


def _key(table: str) -> str:
    return f"table:{table}"
