"""The record of builds: for each table and month, what it was built from, and whether it passed."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from sparkify_dagster import contract, sql_files
from sparkify_dagster.warehouse.base import Transaction

WHOLE = "all"  # the month of a table that is built whole


@dataclass(frozen=True)
class Derived:
    """How a table comes about: by which file, from which tables, month by month or whole.

    `inputs` are the tables whose change calls for a build. songplays reads songs too, but a new
    song touches only the months that play it: `load/songs` marks these.
    """

    file: str
    inputs: tuple[str, ...]
    monthly: bool


# What the company asks of the star, each after what it is made of.
ANALYTICS = {
    table: Derived(f"analytics/{table}", inputs, monthly=monthly)
    for table, inputs, monthly in (
        ("user_days", ("staging_events", "songplays"), True),
        ("user_levels", ("staging_events",), True),
        ("listens", ("staging_events", "songplays"), True),
        ("daily_plays", ("songplays",), True),
        ("listening_hours", ("songplays",), True),
        ("sessions", ("staging_events", "songplays"), True),
        ("daily_users", ("user_days",), False),
        ("weekly_retention", ("user_days",), False),
        ("level_changes", ("user_levels",), False),
        ("monthly_users", ("user_days", "user_levels", "level_changes"), False),
        ("songs_to_acquire", ("listens", "songs"), False),
        ("artist_popularity", ("listens", "songs", "artists"), False),
        ("favourite_songs", ("listens",), False),
        ("similar_songs", ("favourite_songs",), False),
        ("recommendations", ("listens", "favourite_songs", "similar_songs", "users"), False),
    )
}
DERIVED = {
    "artists": Derived("load/artists", ("staging_songs",), monthly=False),
    "songs": Derived("load/songs", ("staging_songs",), monthly=False),
    "users": Derived("load/users", ("staging_events",), monthly=True),
    "time": Derived("load/time", ("staging_events",), monthly=True),
    "songplays": Derived("load/songplays", ("staging_events",), monthly=True),
    **ANALYTICS,
}
MONTHLY = ("staging_events", *(name for name, how in DERIVED.items() if how.monthly))
CATALOGUE = ("staging_songs", "artists", "songs")
ANSWERS = tuple(name for name, how in ANALYTICS.items() if not how.monthly)
ENTIRE = (*CATALOGUE, *ANSWERS)

# Which rows of a table belong to a range of months; a table without a line here has no months.
_MONTH_ROWS = {
    "staging_events": "log_month BETWEEN :first_month AND :last_month",
    "users": "(user_id IS NULL OR user_id IN (SELECT user_id FROM user_months"
    " WHERE log_month BETWEEN :first_month AND :last_month))",
    "user_months": "log_month BETWEEN :first_month AND :last_month",
    "time": "start_time >= :first_moment AND start_time < :end_moment",
    "songplays": "start_time >= :first_moment AND start_time < :end_moment",
    "user_days": "day >= CAST(:first_moment AS DATE) AND day < CAST(:end_moment AS DATE)",
    "user_levels": "log_month BETWEEN :first_month AND :last_month",
    "listens": "log_month BETWEEN :first_month AND :last_month",
    "daily_plays": "day >= CAST(:first_moment AS DATE) AND day < CAST(:end_moment AS DATE)",
    "listening_hours": "log_month BETWEEN :first_month AND :last_month",
    "sessions": "log_month BETWEEN :first_month AND :last_month",
}


def months_after(table: str) -> list[str]:
    """Name a table of months and those that are built on it month by month, in order."""
    names = [table]
    for name, how in DERIVED.items():
        if how.monthly and not set(names).isdisjoint(how.inputs):
            names.append(name)
    return names


def month_rows(table: str) -> str:
    """Give the condition by which a table's rows belong to a range of months."""
    return _MONTH_ROWS.get(table, "1 = 1")


@dataclass(frozen=True)
class Build:
    """One row of `table_builds`."""

    table: str
    log_month: str
    inputs: str
    version: str
    checked: str | None
    row_count: int

    @property
    def passed(self) -> bool:
        """Whether the checks as they are now passed for this version."""
        return self.checked == checks_digest(self.table, self.version)


Builds = dict[tuple[str, str], Build]


def read_builds(tx: Transaction, log_month: str | None = None) -> Builds:
    """Read all records, or those of one month and of the tables that are built whole."""
    rows = tx.query(
        "SELECT table_name, log_month, inputs, version, checked, row_count FROM table_builds"
        + ("" if log_month is None else " WHERE log_month IN (:log_month, 'all')"),
        **({} if log_month is None else {"log_month": log_month}),
    )
    return {(row[0], row[1]): Build(*row) for row in rows}


def record(tx: Transaction, build: Build) -> None:
    """Write a record in the transaction that made what it tells of."""
    forget(tx, build.table, build.log_month)
    told = (build.inputs, build.version, build.checked, build.row_count)
    tx.insert("table_builds", [(build.table, build.log_month, *told, utc_now())])


def forget(tx: Transaction, table: str, log_month: str) -> None:
    """Remove a record: the next load builds the table's month again."""
    tx.execute(
        "DELETE FROM table_builds WHERE table_name = :table_name AND log_month = :log_month",
        table_name=table,
        log_month=log_month,
    )


def mark_checked(tx: Transaction, build: Build) -> None:
    """Note that a build passed the checks as they are now."""
    tx.execute(
        "UPDATE table_builds SET checked = :checked "
        "WHERE table_name = :table_name AND log_month = :log_month",
        checked=checks_digest(build.table, build.version),
        table_name=build.table,
        log_month=build.log_month,
    )


def wanted_inputs(table: str, builds: Builds, log_month: str) -> str | None:
    """Digest what a derived table would be built from now; None where an input has no record."""
    how = DERIVED[table]
    versions = [_input_version(name, builds, log_month) for name in how.inputs]
    known = [version for version in versions if version is not None]
    if len(known) < len(versions):
        return None
    return digest_of(*known, contract.table(table).digest, sql_files.digest(how.file))


def _input_version(table: str, builds: Builds, log_month: str) -> str | None:
    """Tell which version of an input a build reads: of its month, or of all its months."""
    if table in ENTIRE:
        log_month = WHOLE
    elif log_month == WHOLE:
        months = sorted((m, b.version) for (name, m), b in builds.items() if name == table)
        return digest_of(repr(months))  # of a source without logs: of no months
    build = builds.get((table, log_month))
    return build.version if build else None


def is_current(table: str, builds: Builds, log_month: str) -> bool:
    """Whether a derived table's month was built from what is there now."""
    build = builds.get((table, log_month))
    return build is not None and build.inputs == wanted_inputs(table, builds, log_month)


def checks_digest(table: str, version: str) -> str:
    """Digest a version and the checks that it is held to."""
    rules = [f"checks/{table}/{name}" for name in sql_files.names(f"checks/{table}")]
    keys = repr((contract.table(table).primary_key, contract.table(table).references))
    return digest_of(version, keys, sql_files.digest(*rules))


def digest_of(*parts: str) -> str:
    """Digest some texts, in 64 characters."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def utc_now() -> datetime:
    """Give the time as the warehouse's TIMESTAMP holds it: UTC, without zone."""
    return datetime.now(UTC).replace(tzinfo=None)
