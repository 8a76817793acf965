"""The contract of a table: its `table.sql`, read.

Whatever needs a column, a type, a key or a comment takes it from here: table creation, the
loaders, the asset checks, Dagster's column schema and the pictures in the documents.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.models import dialects, files

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
    default: str | None = None

    @property
    def definition(self) -> str:
        """The type and constraints, as `ALTER TABLE … ADD COLUMN` takes them."""
        # In this order: Redshift's ALTER TABLE takes NOT NULL after DEFAULT only (r_ALTER_TABLE).
        default = f" DEFAULT {self.default}" if self.default else ""
        return self.type + default + (" NOT NULL" if self.required else "")


@dataclass(frozen=True)
class Reference:
    """A foreign key: every value of `column` is in `table.target`."""

    column: str
    table: str
    target: str


@dataclass(frozen=True)
class Table:
    """A table as its file declares it; `digest` identifies its columns."""

    name: str
    layer: str
    comment: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    references: tuple[Reference, ...]
    distribution_key: str | None
    digest: str

    def column(self, name: str) -> Column:
        """Return a column by its name; raises KeyError."""
        return {column.name: column for column in self.columns}[name]

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """The columns that are NOT NULL."""
        return tuple(column.name for column in self.columns if column.required)


@cache
def tables() -> dict[str, Table]:
    """Read every table; raises SparkifyError for a file that does not declare one table fully."""
    return {name: _read(name) for name in files.folders()}


def table(name: str) -> Table:
    """Return the contract of a table."""
    return tables()[name]


def _read(name: str) -> Table:
    from sqlglot import exp

    file = files.path(name, "table.sql")
    trees = dialects.parse(files.read(name, "table.sql"))
    creates = [t for t in trees if isinstance(t, exp.Create)]
    if len(creates) != 1 or creates[0].this.this.name != name:
        raise SparkifyError(f"{file} must create one table, named {name} like its folder")
    create = creates[0]
    comments = dict(_comments(trees))
    columns = tuple(_column(c, comments) for c in create.this.find_all(exp.ColumnDef))
    missing = [c.name for c in columns if not c.comment]
    if missing or name not in comments:
        where = ", ".join(missing) or "the table"
        raise SparkifyError(f"{file} lacks a COMMENT ON {where}")
    return Table(
        name=name,
        layer=files.folders()[name],
        comment=comments[name],
        columns=columns,
        primary_key=tuple(_primary_key(create)),
        references=tuple(_references(create)),
        distribution_key=_distribution_key(create),
        digest=definition_digest(columns),
    )


def _distribution_key(create: "exp.Create") -> str | None:
    from sqlglot import exp

    key = create.find(exp.DistKeyProperty)
    return key.this.name if key else None


def definition_digest(columns: tuple[Column, ...]) -> str:
    """Identify a table's columns: names, types and NOT NULL, without comments and keys."""
    from hashlib import sha256

    definition = [(c.name, c.type, c.required) for c in columns]
    return sha256(repr(definition).encode()).hexdigest()


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
        default=next(
            (k.this.sql() for k in kinds if isinstance(k, exp.DefaultColumnConstraint)), None
        ),
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
