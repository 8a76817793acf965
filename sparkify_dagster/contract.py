"""The tables as `sql/tables` declares them, read once.

Whatever needs a column, a type, a key or a comment asks here: table creation, the loaders, the
asset checks, Dagster's column schema and the README's picture.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sparkify_dagster import sql_files
from sparkify_dagster.errors import SparkifyError

if TYPE_CHECKING:
    from sqlglot import exp


@dataclass(frozen=True)
class Column:
    """A column: `type` as the file writes it, `length` in bytes where it has one."""

    name: str
    type: str
    length: int | None
    required: bool
    comment: str


@dataclass(frozen=True)
class Reference:
    """A foreign key: the values of `column` are to be found in `table.target`."""

    column: str
    table: str
    target: str


@dataclass(frozen=True)
class Table:
    """A table as its file declares it."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    references: tuple[Reference, ...]
    digest: str

    @property
    def file(self) -> str:
        """The file that declares it, as `sql_files` names it."""
        return f"tables/{self.name}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """The columns that NOT NULL stands on."""
        return tuple(column.name for column in self.columns if column.required)


@cache
def tables() -> dict[str, Table]:
    """Read every table file; raises SparkifyError where one does not declare one table fully."""
    return {name: _read(name) for name in sql_files.names("tables")}


def table(name: str) -> Table:
    """Give one table of the contract."""
    return tables()[name]


def _read(name: str) -> Table:
    from sqlglot import exp

    trees = sql_files.parse(sql_files.read(f"tables/{name}"))
    creates = [t for t in trees if isinstance(t, exp.Create)]
    if len(creates) != 1 or creates[0].this.this.name != name:
        raise SparkifyError(f"sql/tables/{name}.sql should create one table, named {name}")
    create = creates[0]
    comments = dict(_comments(trees))
    columns = tuple(_column(c, comments) for c in create.this.find_all(exp.ColumnDef))
    missing = [c.name for c in columns if not c.comment]
    if missing or name not in comments:
        where = ", ".join(missing) or "the table"
        raise SparkifyError(f"sql/tables/{name}.sql lacks a COMMENT ON {where}")
    return Table(
        name=name,
        comment=comments[name],
        columns=columns,
        primary_key=tuple(_primary_key(create)),
        references=tuple(_references(create)),
        digest=_definition_digest(columns),
    )


def _definition_digest(columns: tuple[Column, ...]) -> str:
    """Digest what makes a table another table: its columns, not what is said of them."""
    from hashlib import sha256

    told = [(c.name, c.type, c.required) for c in columns]
    return sha256(repr(told).encode()).hexdigest()


def _comments(trees: "tuple[exp.Expr, ...]") -> Iterator[tuple[str, str]]:
    """Yield (table or column, comment)."""
    from sqlglot import exp

    for tree in trees:
        if isinstance(tree, exp.Comment):
            yield tree.this.name, tree.expression.name


def _column(definition: "exp.ColumnDef", comments: dict[str, str]) -> Column:
    from sqlglot import exp

    kind = definition.args["kind"]
    lengths = [int(p.name) for p in kind.expressions]
    kinds = [c.kind for c in definition.constraints]
    return Column(
        name=definition.name,
        type=kind.sql(dialect="redshift"),
        length=lengths[0] if lengths else None,
        required=any(isinstance(k, exp.NotNullColumnConstraint) for k in kinds),
        comment=comments.get(definition.name, ""),
    )


def _primary_key(create: "exp.Create") -> Iterator[str]:
    from sqlglot import exp

    for column in create.this.find_all(exp.ColumnDef):
        if any(isinstance(c.kind, exp.PrimaryKeyColumnConstraint) for c in column.constraints):
            yield column.name
    for key in create.this.find_all(exp.PrimaryKey):
        yield from (part.name for part in key.expressions)


def _references(create: "exp.Create") -> Iterator[Reference]:
    from sqlglot import exp

    for column in create.this.find_all(exp.ColumnDef):
        for constraint in column.constraints:
            if isinstance(constraint.kind, exp.Reference):
                target = constraint.kind.this
                yield Reference(column.name, target.this.name, target.expressions[0].name)
