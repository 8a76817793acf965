"""Records of builds: for each table and month, what it was built from, and what it passed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field

from sparkify_dagster.loading import changes
from sparkify_dagster.loading.changes import ALL, Change
from sparkify_dagster.loading.digests import checks_digest, table_digest
from sparkify_dagster.models import catalogue
from sparkify_dagster.models.dialects import digest
from sparkify_dagster.models.model import Model
from sparkify_dagster.warehouse.base import Transaction


@dataclass(frozen=True)
class Build:
    """A row of `table_builds`."""

    table: str
    log_month: str
    inputs: str
    version: str
    checked: str | None
    row_count: int
    change_number: int = 0


Builds = Mapping[tuple[str, str], Build]


@dataclass(frozen=True)
class State:
    """What a warehouse holds: its builds, and the changes that some table has not reached."""

    builds: Builds = field(default_factory=dict)
    pending: Sequence[Change] = ()

    def months(self, table: str = "staging_events") -> list[str]:
        """Return the months of a table that were built, in order."""
        return sorted(month for name, month in self.builds if name == table)

    def wanted_inputs(self, model: Model) -> str:
        """Return the digest of a table's SQL and of all that it reads in full, as published."""
        lookup = model.late.lookup if model.late else None
        parts = [table_digest(model.name)]
        for name in catalogue.inputs(model.name):
            if model.windowed and (catalogue.get(name).windowed or name == lookup):
                continue  # read by windows, or followed by changes
            parts += [name, *self._versions(name)]
        return digest(*parts)

    def _versions(self, name: str) -> list[str]:
        months = self.months(name) if catalogue.get(name).windowed else [ALL]
        found = [(month, self.builds.get((name, month))) for month in months]
        return [f"{month} {build.version}" for month, build in found if build]

    def has_inputs(self, model: Model) -> bool:
        """Return whether all tables that a table reads in full were built at least once."""
        full = (name for name in catalogue.inputs(model.name) if not catalogue.get(name).windowed)
        return all((name, ALL) in self.builds for name in full)

    def pending_for(self, model: Model, month: str) -> list[Change]:
        """Return the changes of a month that concern a table and that it has not reached."""
        build = self.builds.get((model.name, month))
        reached = build.change_number if build else -1
        concerned = catalogue.origins(model.name)
        return [
            change
            for change in self.pending
            if change.log_month == month and change.number > reached and change.origin in concerned
        ]

    def is_current(self, model: Model, month: str) -> bool:
        """Return whether a table's month is built from the present SQL and the newest changes."""
        build = self.builds.get((model.name, month))
        if build is None or build.inputs != self.wanted_inputs(model):
            return False
        return not model.windowed or not self.pending_for(model, month)

    def is_checked(self, model: Model, month: str) -> bool:
        """Return whether a table's month passed its present checks."""
        build = self.builds.get((model.name, month))
        return build is not None and build.checked == checks_digest(model.name)

    def windows_ready(self, model: Model, month: str) -> bool:
        """Return whether all that a table reads or refers to by windows is current in a month."""
        names = {*catalogue.inputs(model.name), *catalogue.references(model.name)} - {model.name}
        windowed = (catalogue.get(name) for name in names if catalogue.get(name).windowed)
        return all(self.is_current(one, month) for one in windowed)

    def newest(self, month: str) -> int:
        """Return the number of the newest change of a month that this state knows."""
        reached = [b.change_number for (_, m), b in self.builds.items() if m == month]
        return max([*reached, *(c.number for c in self.pending if c.log_month == month)], default=0)


# Both in one statement, since every transaction of a load begins with it. Changes that every table
# with a record has reached are of no interest to anybody.
_STATE = """
SELECT
    table_name, log_month, inputs, version, checked, row_count, change_number,
    CAST(NULL AS VARCHAR(128)) AS days
FROM table_builds
UNION ALL
SELECT
    changes.origin, changes.log_month, NULL, NULL, NULL, NULL, changes.change_number, changes.days
FROM changes
LEFT JOIN (
    SELECT log_month, MIN(change_number) AS change_number
    FROM table_builds
    GROUP BY log_month
) AS reached ON reached.log_month = changes.log_month
WHERE changes.log_month <> 'all'
    AND changes.days <> ''
    AND (reached.change_number IS NULL OR changes.change_number > reached.change_number)
"""


def read_state(tx: Transaction) -> State:
    """Read the records of builds and the changes of days that a table may not have reached yet."""
    builds: dict[tuple[str, str], Build] = {}
    pending: list[Change] = []
    for table, month, inputs, version, checked, rows, number, days in tx.query(_STATE):
        if days is None:
            builds[table, month] = Build(table, month, inputs, version, checked, rows, number)
        else:
            pending.append(Change(month, number, table, changes.days_of(days)))
    return State(builds, pending)


def record(tx: Transaction, state: State, builds: Sequence[Build]) -> None:
    """Write the records of a table's builds, in the transaction that made its rows."""
    now = changes.utc_now()
    if len(builds) == 1 and (builds[0].table, builds[0].log_month) in state.builds:
        tx.execute(_UPDATE, **asdict(builds[0]), built_at=now)
    elif builds:
        recorded = [b.log_month for b in builds if (b.table, b.log_month) in state.builds]
        forget(tx, builds[0].table, recorded)
        tx.insert(
            "table_builds",
            [(*astuple(build)[:-1], now, build.change_number) for build in builds],
        )


# The usual load builds one month: one statement instead of two.
_UPDATE = """
UPDATE table_builds
SET inputs = :inputs, version = :version, checked = :checked, row_count = :row_count,
    built_at = :built_at, change_number = :change_number
WHERE table_name = :table AND log_month = :log_month
"""


def mark_checked(tx: Transaction, table: str, months: Sequence[str]) -> None:
    """Note that months of a table passed its present checks."""
    if months:
        condition, names = _in_months(months)
        tx.execute(
            "UPDATE table_builds SET checked = :checked "
            f"WHERE table_name = :table_name AND {condition}",
            checked=checks_digest(table),
            table_name=table,
            **names,
        )


def forget(tx: Transaction, table: str, months: Sequence[str]) -> None:
    """Remove the records of a table's months: the next load builds them again."""
    delete_months(tx, "table_builds", table, months)


def delete_months(tx: Transaction, control: str, table: str, months: Sequence[str]) -> None:
    """Delete what a control table holds of months of a table."""
    if months:
        condition, names = _in_months(months)
        tx.execute(
            f"DELETE FROM {control} WHERE table_name = :table_name AND {condition}",
            table_name=table,
            **names,
        )


def _in_months(months: Sequence[str]) -> tuple[str, dict[str, str]]:
    names = {f"month_{number}": month for number, month in enumerate(months)}
    return f"log_month IN ({', '.join(f':{name}' for name in names)})", names
