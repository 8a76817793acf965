"""The queries of the dashboard: the files of `sql/dashboard`, with definitions of their columns.

A file begins with comment lines: the first says what the query returns, and `-- name: text` defines
a measure. A column without such a line is defined by the comment of the table column of that name,
so that no definition is written twice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from sparkify_dagster.models import contract, dialects, files

_DEFINITION = re.compile(r"([a-z_]+): (.+)")


@dataclass(frozen=True)
class Query:
    """A query of the dashboard: its file's name without ending and text, and what the text says."""

    name: str
    sql: str
    description: str
    own_definitions: dict[str, str]

    def definitions(self, columns: tuple[str, ...]) -> dict[str, str]:
        """Return the definition of each measure and column that has one."""
        found = dict(self.own_definitions)
        for table in _tables_read(self.sql):
            comments = _comments(table)
            for column in columns:
                if column in comments:
                    found.setdefault(column, comments[column])
        return found


@cache
def queries() -> tuple[Query, ...]:
    """Read the files of `sql/dashboard`, in the order of their names."""
    found = sorted((files.sql_root() / "dashboard").glob("*.sql"))
    return tuple(parsed(path.stem, path.read_text(encoding="utf-8")) for path in found)


def parsed(name: str, text: str) -> Query:
    """Split the text of a file into its header and the query."""
    first, *others = _header(text)
    matches = [_DEFINITION.fullmatch(line) for line in others]
    return Query(name, text.strip(), first, {m[1]: m[2] for m in matches if m})


def _header(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if not line.startswith("--"):
            return
        yield line.removeprefix("--").strip()


def _tables_read(sql: str) -> list[str]:
    """Name the tables in a query, in the order in which it names them."""
    from sqlglot import exp

    [tree] = dialects.parse(sql)
    return list(dict.fromkeys(table.name for table in tree.find_all(exp.Table, bfs=False)))


def _comments(table: str) -> dict[str, str]:
    """Return the comments on a table's columns; a subquery's name has none."""
    found = contract.tables().get(table)
    return {column.name: column.comment for column in found.columns} if found else {}
