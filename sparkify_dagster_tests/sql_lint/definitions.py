"""Rules for CREATE TABLE."""

from collections.abc import Iterator

from sqlglot import exp

from sparkify_dagster_tests.sql_lint.statement import Statement

_INTEGERS = {"SMALLINT", "INTEGER", "BIGINT"}
_MOMENTS = {"DATE", "TIMESTAMP", "TIMESTAMPTZ"}
_TEXT = {"CHAR", "VARCHAR"}
_FLOATS = {"REAL", "DOUBLE"}
_NUMBERS = {*_INTEGERS, "DECIMAL"}
_ALL = {*_NUMBERS, *_MOMENTS, *_TEXT, *_FLOATS, "BOOLEAN"}
_ENCODINGS = {
    "AZ64": _NUMBERS | _MOMENTS,
    "BYTEDICT": _ALL - {"BOOLEAN"},
    "DELTA": _NUMBERS | _MOMENTS,
    "DELTA32K": (_NUMBERS | _MOMENTS) - {"SMALLINT"},
    "LZO": _ALL - {"BOOLEAN"} - _FLOATS,
    "MOSTLY8": _NUMBERS,
    "MOSTLY16": _NUMBERS - {"SMALLINT"},
    "MOSTLY32": {"BIGINT", "DECIMAL"},
    "RAW": _ALL,
    "RUNLENGTH": _ALL,
    "TEXT255": {"VARCHAR"},
    "TEXT32K": {"VARCHAR"},
    "ZSTD": _ALL,
}
_NAMES = {"INT": "INTEGER", "DOUBLE PRECISION": "DOUBLE", "FLOAT": "DOUBLE", "NUMERIC": "DECIMAL"}


def key_of_unknown_column(statement: Statement) -> Iterator[str]:
    """DISTKEY and SORTKEY name columns of the table (r_CREATE_TABLE_NEW)."""
    columns = _columns(statement)
    for key in statement.tree.find_all(exp.DistKeyProperty, exp.SortKeyProperty):
        named = key.this if isinstance(key.this, list) else [key.this]
        for column in named:
            if columns and column.name not in columns:
                yield f"there is no column {column.name}"


def reference_that_does_not_fit(statement: Statement) -> Iterator[str]:
    """REFERENCES names a key of a table, of the same type (r_CREATE_TABLE_NEW)."""
    for name, column in _columns(statement).items():
        for constraint in column.constraints:
            if not isinstance(constraint.kind, exp.Reference):
                continue
            target = constraint.kind.this
            table = statement.tables.get(target.this.name)
            known = {c.name: c for c in table.columns} if table else {}
            referred = target.expressions[0].name if target.expressions else ""
            if table is None or referred not in known:
                yield f"{name} refers to {target.this.name}.{referred}, which does not exist"
            elif referred not in table.primary_key:
                yield f"{name} refers to {table.name}.{referred}, which is not its key"
            elif _type(column.args["kind"].sql("redshift")) != _type(known[referred].type):
                yield f"{name} and {table.name}.{referred} have different types"


def encoding_that_does_not_fit(statement: Statement) -> Iterator[str]:
    """Each encoding supports some types (c_Compression_encodings)."""
    for name, column in _columns(statement).items():
        for constraint in column.constraints:
            if isinstance(constraint.kind, exp.EncodeColumnConstraint):
                encoding = constraint.kind.this.name.upper()
                base = column.args["kind"].sql("redshift").upper().split("(")[0].strip()
                if _NAMES.get(base, base) not in _ENCODINGS.get(encoding, set()):
                    yield f"{name} {base} ENCODE {encoding}"


def diststyle_that_does_not_fit(statement: Statement) -> Iterator[str]:
    """DISTSTYLE is KEY with a DISTKEY, and only then (r_CREATE_TABLE_NEW)."""
    for create in statement.tree.find_all(exp.Create):
        style = create.find(exp.DistStyleProperty)
        name = style.this.name.upper() if style else ""
        key = create.find(exp.DistKeyProperty) is not None
        if key and name not in {"", "KEY"}:
            yield f"DISTSTYLE {name} with a DISTKEY"
        if name == "KEY" and not key:
            yield "DISTSTYLE KEY without a DISTKEY"


RULES = (
    key_of_unknown_column,
    reference_that_does_not_fit,
    encoding_that_does_not_fit,
    diststyle_that_does_not_fit,
)


def _columns(statement: Statement) -> dict[str, exp.ColumnDef]:
    return {
        column.name: column
        for create in statement.tree.find_all(exp.Create)
        for column in create.find_all(exp.ColumnDef)
    }


def _type(text: str) -> str:
    return text.upper().replace(" ", "")
