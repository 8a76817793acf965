"""What runs on the leader node alone: its functions and views, away from tables.

The leader node sends a query to the compute nodes where it names a table of users, or a system
table (STL, STV, SVL, SVV, SYS); what only the leader has is an error there.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sparkify_dagster_tests.redshift_stand_in.errors import RedshiftError, not_supported
from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience

if TYPE_CHECKING:
    from sqlfluff.core.parser import BaseSegment

RULES = (
    documented(
        "CURRENT_SCHEMA, CURRENT_SCHEMAS, HAS_DATABASE_PRIVILEGE, HAS_SCHEMA_PRIVILEGE, "
        "HAS_TABLE_PRIVILEGE, AGE, CURRENT_TIME, CURRENT_TIMESTAMP, LOCALTIME, ISFINITE and NOW "
        "are refused where a table of users or a system table is read or written; with catalogue "
        "tables (PG_…) alone they work.",
        "c_SQL_functions_leader_node_only",
        "c_sql-functions-leader-node",
    ),
    documented(
        "PG_TABLE_DEF, PG_STATS and other catalogue views whose functions the compute nodes lack "
        "are refused in a query with a table of users.",
        "c_join_PG",
    ),
    from_experience(
        "information_schema, SVV_COLUMNS and SVV_TABLES are refused in a query with a table of "
        "users."
    ),
    from_experience(
        "INSERT, CREATE TABLE AS, UPDATE, DELETE and MERGE cannot take rows from such a view."
    ),
)

_VIEWS = {"pg_table_def", "pg_stats", "pg_settings", "pg_views", "svv_columns", "svv_tables"}
_SCHEMAS = {"information_schema", "pg_catalog"}
_WRITES = re.compile(r"(?:INSERT|UPDATE|DELETE|MERGE)\b|CREATE .*?\bAS\b", re.IGNORECASE)
_MESSAGE = "Specified types or functions (one per INFO message) not supported on Redshift tables."


class Relations:
    """The tables and views that a statement names."""

    def __init__(self, tree: "BaseSegment", text: str) -> None:
        found = set(_names(tree))
        self._writes = _WRITES.match(text) is not None
        self._views = {name for name in found if _leader_view(name)}
        self._distributed = {n for n in found if not _leader_view(n) and not _catalogue(n)}
        self._system = {name for name in found if _last(name).startswith("svv_")}

    @property
    def on_compute_nodes(self) -> bool:
        """Whether the statement goes to the compute nodes."""
        return bool(self._writes or self._distributed or self._system)

    def check(self) -> None:
        """Raise RedshiftError where a view of the leader node meets a table."""
        if self._views and (self._distributed or self._writes):
            raise not_supported(f"{_MESSAGE} (view {min(self._views)})")

    def check_function(self, name: str) -> None:
        """Raise RedshiftError where a function of the leader node meets a table."""
        if self.on_compute_nodes:
            raise RedshiftError("0A000", f'{_MESSAGE} (function "{name}")')


def _names(tree: "BaseSegment") -> Iterator[str]:
    """Name what stands after FROM, JOIN, USING and the like, without the WITH queries."""
    own = {
        next(query.recursive_crawl("identifier", "naked_identifier")).raw.lower()
        for query in tree.recursive_crawl("common_table_expression")
    }
    # sqlfluff parts a schema from its table where blanks stand around the dot.
    for segment in tree.recursive_crawl("table_expression", "table_reference"):
        match = re.match(r'("?[\w$]+"?)( \. "?[\w$]+"?)?', segment.raw)
        name = match[0].replace(" ", "").replace('"', "").lower() if match else ""
        if name and name not in own | _SCHEMAS:
            yield name


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1]


def _leader_view(name: str) -> bool:
    return name.startswith("information_schema.") or _last(name) in _VIEWS


def _catalogue(name: str) -> bool:
    return name.startswith("pg_catalog.") or _last(name).startswith("pg_")
