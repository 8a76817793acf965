"""A warehouse made by an older version: its staging tables and records are kept.

Version 1.0 built tables by month and numbered no changes. Its staging rows are of change 0, and
all tables that are built from them are built again.
"""

from sparkify_dagster.lake import datasets
from sparkify_dagster.loading import builds
from sparkify_dagster.loading.builds import State
from sparkify_dagster.models import catalogue, contract, dialects, files
from sparkify_dagster.models.dialects import digest
from sparkify_dagster.warehouse.base import Transaction

_KEPT_LAYERS = ("control", "staging")
_RULES_OF_1_0 = "1"


def extend(tx: Transaction, name: str, definition: str) -> bool:
    """Add the columns that a record or staging table lacks; return whether it could be done.

    It can if the columns that it was created with are the first of those that it must have.
    """
    table = contract.table(name)
    if table.layer not in _KEPT_LAYERS:
        return False
    for count in range(1, len(table.columns)):
        if contract.definition_digest(table.columns[:count]) == definition:
            for column in table.columns[count:]:
                tx.add_column(name, column.name, column.definition)
            _create_indexes(tx, name)
            return True
    return False


def adopt_staging(tx: Transaction) -> None:
    """Keep what an older version staged by the same rules; forget its other builds.

    Version 1.0 read broken files as rejected records, so a month with rejects is read again.
    """
    state = builds.read_state(tx)
    rows = tx.query("SELECT COALESCE(log_month, 'all') FROM rejected_records GROUP BY log_month")
    with_rejects = {str(month) for (month,) in rows}
    staging = [m for m in catalogue.models().values() if m.select is None]
    for model in staging:
        kept = [
            month
            for (table, month), build in state.builds.items()
            if table == model.name
            and build.inputs == _rules_of_1_0(model.name)
            and month not in with_rejects
        ]
        _adopt(tx, state, model.name, kept)
    names = ", ".join(f"'{model.name}'" for model in staging)
    tx.execute(f"DELETE FROM table_builds WHERE table_name NOT IN ({names})")


def _adopt(tx: Transaction, state: State, name: str, months: list[str]) -> None:
    inputs = state.wanted_inputs(catalogue.get(name))
    for month in months:
        tx.execute(
            "UPDATE table_builds SET inputs = :inputs, version = :inputs "
            "WHERE table_name = :name AND log_month = :month",
            inputs=inputs,
            name=name,
            month=month,
        )


def _rules_of_1_0(name: str) -> str:
    """Return the digest that version 1.0 recorded for the rules of a staging table."""
    columns = [c for c in contract.table(name).columns if c.name != "change_number"]
    definition = contract.definition_digest(tuple(columns))
    return digest(_RULES_OF_1_0, definition, datasets.of_table(name).jsonpaths)


def _create_indexes(tx: Transaction, name: str) -> None:
    """Create the index of the sort key, on engines that have one."""
    for statement in dialects.statements(files.read(name, "table.sql"), tx.dialect):
        if statement.text.startswith("CREATE INDEX"):
            tx.execute_as_is(statement.text)
