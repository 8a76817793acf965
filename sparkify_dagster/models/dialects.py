"""Redshift's SQL in an engine's dialect.

`sql/` is written in Redshift's SQL with `:name` parameters. Redshift gets the text as it is; the
local engines get sqlglot's translation, without what is physical (DISTKEY, SORTKEY …) and without
what they would enforce but Redshift does not (PRIMARY KEY, UNIQUE, REFERENCES).
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

Dialect = Literal["duckdb", "postgres", "redshift"]


@dataclass(frozen=True)
class Statement:
    """One statement in an engine's dialect, and the names of its parameters."""

    text: str
    parameters: frozenset[str]


def digest(*parts: str) -> str:
    """Return a digest of some texts, 64 hexadecimal digits."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@lru_cache(maxsize=1024)
def sql_digest(text: str) -> str:
    """Return a digest of what an SQL text says, without its comments and layout."""
    return digest(*(token.text for token in _tokens(text)))


@lru_cache(maxsize=1024)
def statements(text: str, dialect: Dialect) -> tuple[Statement, ...]:
    """Split a script into statements in the engine's dialect."""
    if dialect == "redshift":
        return tuple(_bound(part) for part in _split(text))
    return tuple(s for tree in parse(text) for s in _translated(tree.copy(), dialect))


@lru_cache(maxsize=1024)
def parse(text: str) -> "tuple[exp.Expr, ...]":
    """Parse a script of Redshift SQL into syntax trees; callers copy before they change one."""
    import sqlglot

    trees = sqlglot.parse(text, read="redshift")
    return tuple(t for t in trees if t is not None and not isinstance(t, sqlglot.exp.Semicolon))


def _tokens(text: str) -> "list[Token]":
    from sqlglot.dialects import Redshift

    return list(Redshift().tokenize(text))


def _split(text: str) -> list[str]:
    from sqlglot.tokenizer_core import TokenType

    ends = [t.start for t in _tokens(text) if t.token_type == TokenType.SEMICOLON]
    starts = [0, *(end + 1 for end in ends)]
    parts = (text[a:b].strip() for a, b in zip(starts, [*ends, len(text)], strict=True))
    return [part for part in parts if part and _tokens(part)]


def _bound(text: str) -> Statement:
    """Write `:name` as psycopg2 wants it, leaving strings, casts and comments alone."""
    from sqlglot.tokenizer_core import TokenType

    tokens = _tokens(text)
    found = [
        (colon.start, name)
        for colon, name in pairwise(tokens)
        if colon.token_type == TokenType.COLON and name.start == colon.end + 1
    ]
    out, last = [], 0
    for start, name in found:
        out += [text[last:start].replace("%", "%%"), f"%({name.text})s"]
        last = name.end + 1
    out.append(text[last:].replace("%", "%%"))
    return Statement("".join(out), frozenset(name.text for _, name in found))


def _translated(tree: "exp.Expr", dialect: Dialect) -> Iterator[Statement]:
    from sqlglot import exp

    from sparkify_dagster.models import postgres

    for part in postgres.statements_of(tree) if dialect == "postgres" else [tree]:
        if isinstance(part, exp.Create) and part.kind == "TABLE":
            _strip_physical(part)
        parameters = frozenset(str(p.this) for p in part.find_all(exp.Placeholder))
        translated = part.transform(_in_dialect, dialect, copy=False)
        text = translated.sql(dialect=dialect, comments=False, copy=False)
        if dialect == "postgres":
            text = re.sub(r"%(?!\(\w+\)s)", "%%", text)  # psycopg2 takes a lone % for a parameter
        yield Statement(text, parameters)


def _strip_physical(create: "exp.Create") -> None:
    """Take out of a CREATE TABLE what only Redshift has, and the keys it does not enforce."""
    from sqlglot import exp

    stays = (
        exp.NotNullColumnConstraint,
        exp.CollateColumnConstraint,
        exp.DefaultColumnConstraint,
    )
    temporary = create.find(exp.TemporaryProperty)
    create.set("properties", exp.Properties(expressions=[temporary]) if temporary else None)
    if not isinstance(create.this, exp.Schema):  # CREATE TABLE AS declares no columns
        return
    for column in create.this.find_all(exp.ColumnDef):
        kept = [c for c in column.constraints if isinstance(c.kind, stays)]
        column.set("constraints", kept)
    columns = [e for e in create.this.expressions if isinstance(e, exp.ColumnDef)]
    create.this.set("expressions", columns)


def _in_dialect(node: "exp.Expr", dialect: Dialect) -> "exp.Expr":
    """Translate what sqlglot leaves in Redshift's dialect."""
    from sqlglot import exp

    if dialect == "duckdb" and isinstance(node, exp.Anonymous) and node.name == "OCTET_LENGTH":
        return exp.Anonymous(this="STRLEN", expressions=node.expressions)
    if isinstance(node, exp.Trim) and _trims_trailing_blanks(node):
        return _trimmed_if_needed(node, dialect)
    if isinstance(node, exp.FromBase):
        return _number_of_hexadecimal(node, dialect)
    return node


def _number_of_hexadecimal(strtol: "exp.FromBase", dialect: Dialect) -> "exp.Cast":
    """Return STRTOL(text, 16), of at most fifteen digits, as a cast."""
    from sqlglot import exp

    digits = strtol.this.transform(_in_dialect, dialect)
    if dialect == "postgres":
        padded = exp.Anonymous(
            this="LPAD", expressions=[digits, exp.Literal.number(16), exp.Literal.string("0")]
        )
        bits = exp.DPipe(this=exp.Literal.string("x"), expression=padded, safe=True)
        return exp.cast(exp.cast(bits, exp.DataType.build("BIT(64)", dialect="postgres")), "BIGINT")
    prefixed = exp.DPipe(this=exp.Literal.string("0x"), expression=digits, safe=True)
    return exp.cast(prefixed, "BIGINT")


def _trims_trailing_blanks(trim: "exp.Trim") -> bool:
    blank = trim.expression
    return trim.args.get("position") == "TRAILING" and blank is not None and blank.name == " "


def _trimmed_if_needed(trim: "exp.Trim", dialect: Dialect) -> "exp.Case":
    """Call RTRIM only for texts that end in a blank: it is slow, and most texts do not."""
    from sqlglot import exp

    text, blank = trim.this, trim.expression
    ends: exp.Expr = exp.func("ENDS_WITH", text.copy(), blank.copy())
    if dialect == "postgres":
        ends = exp.Like(this=text.copy(), expression=exp.Literal.string("% "))
    trimmed = exp.Anonymous(this="RTRIM", expressions=[text.copy(), blank])
    return exp.Case().when(ends, trimmed).else_(text.copy())
