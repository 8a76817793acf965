"""How a table is built: the header and the SELECT of its `model.sql`, and the rules in `checks/`.

A header is the comment at the start of `model.sql`. It states what the SELECT cannot:

    -- kind: full                       the table is built in full
    -- kind: by day (start_time)        day by day; the column is the day, or a moment in it
    -- kind: by month (log_month)       month by month
    -- partitions: log months           optional: shown by log month though it is built in full
    -- late: songs (a, b) = staging_events (c, d)
                                        optional: rows of `songs` that arrive late change only the
                                        rows of this table with the same a and b, which are read
                                        from the rows of `staging_events` with the same c and d

Staging tables have no SELECT, since COPY fills them: their `table.sql` states the kind.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.models import contract, files

Grain = Literal["full", "day", "month"]

_HEADER = re.compile(r"^-- (kind|partitions|late): *(.+?) *$", re.MULTILINE)
_WINDOWED = re.compile(r"by (day|month) \((\w+)\)")
_LATE = re.compile(r"(\w+) \((.+)\) = (\w+) \((.+)\)")


@dataclass(frozen=True)
class Late:
    """Which rows of a table change when rows of `lookup` arrive after them.

    They have the same values in `columns`, and come from rows of `source` with the same values in
    `source_columns`.
    """

    lookup: str
    columns: tuple[str, ...]
    source: str
    source_columns: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """A file of `checks/`: `sql` selects the rows that break the rule."""

    name: str
    description: str
    sql: str


@dataclass(frozen=True)
class Model:
    """A table that loads fill. `column` holds the day, moment or month of a row; None if full."""

    name: str
    layer: str
    grain: Grain
    column: str | None
    by_month: bool
    late: Late | None
    select: str | None
    rules: tuple[Rule, ...]

    @property
    def windowed(self) -> bool:
        """Whether the table is built by days or months."""
        return self.grain != "full"

    @property
    def table(self) -> contract.Table:
        """The contract of the table."""
        return contract.table(self.name)

    @property
    def file(self) -> str:
        """The file that says how it is built."""
        return "table.sql" if self.select is None else "model.sql"


@cache
def read(name: str) -> Model:
    """Read a table's folder; raises SparkifyError for a header that cannot be understood."""
    filled_by_copy = not files.has(name, "model.sql")
    file = "table.sql" if filled_by_copy else "model.sql"
    text = files.read(name, file)
    header = {key: value for key, value in _HEADER.findall(text)}  # noqa: C416 - findall's rows
    grain, column = _kind(name, file, header.get("kind", ""))
    return Model(
        name=name,
        layer=files.folders()[name],
        grain=grain,
        column=column,
        by_month=grain != "full" or header.get("partitions") == "log months",
        late=_late(name, header["late"]) if "late" in header else None,
        select=None if filled_by_copy else text.rstrip().rstrip(";"),
        rules=tuple(_rule(name, rule) for rule in files.rules(name)),
    )


def _kind(name: str, file: str, kind: str) -> tuple[Grain, str | None]:
    if kind == "full":
        return "full", None
    found = _WINDOWED.fullmatch(kind)
    if not found or found[2] not in contract.table(name).column_names:
        raise SparkifyError(
            f"{files.path(name, file)}: the header must state the kind of the table, as one of "
            "`-- kind: full`, `-- kind: by day (column)` or `-- kind: by month (column)`, with a "
            f"column of the table; it states {kind!r}"
        )
    return ("day" if found[1] == "day" else "month"), found[2]


def _late(name: str, text: str) -> Late:
    found = _LATE.fullmatch(text)
    if not found:
        raise SparkifyError(
            f"{files.path(name, 'model.sql')}: `-- late:` must read like "
            f"`songs (title) = staging_events (song)`; it reads {text!r}"
        )
    return Late(found[1], _names(found[2]), found[3], _names(found[4]))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _rule(table: str, name: str) -> Rule:
    text = files.read(table, f"checks/{name}.sql")
    first, _, rest = text.partition("\n")
    if not first.startswith("-- "):
        raise SparkifyError(
            f"{files.path(table, f'checks/{name}.sql')}: the first line must be a comment that "
            "states the rule"
        )
    return Rule(name, first.removeprefix("-- "), rest.strip().rstrip(";"))
