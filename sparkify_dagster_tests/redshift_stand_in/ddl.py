"""CREATE TABLE and ALTER TABLE: what Redshift declares and PostgreSQL would enforce or not know.

Keys are dropped (a primary key leaves NOT NULL, as in Redshift), physical attributes too, and
VARCHAR becomes the stand-in's own type.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sparkify_dagster_tests.redshift_stand_in.errors import (
    RedshiftError,
    not_imitated,
    not_supported,
)
from sparkify_dagster_tests.redshift_stand_in.lexer import Token, word
from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience

RULES = (
    documented(
        "VARCHAR(n) counts bytes; without n it holds 256, and TEXT is VARCHAR(256).",
        "r_Character_types",
    ),
    documented(
        "DISTSTYLE, DISTKEY, SORTKEY and ENCODE are read; an unknown encoding is refused.",
        "r_CREATE_TABLE_NEW",
        "c_Compression_encodings",
    ),
    documented(
        "ALTER TABLE ADD COLUMN takes no UNIQUE, PRIMARY KEY, REFERENCES, IDENTITY, DISTKEY or "
        "SORTKEY.",
        "r_ALTER_TABLE",
    ),
    from_experience("ALTER TABLE ADD COLUMN … NOT NULL is refused without a DEFAULT."),
)

_TEXT = {"VARCHAR", "NVARCHAR", "TEXT"}
_OWN_VARCHAR = [
    word("redshift"),
    Token("operator", ".", "."),
    Token("quoted", '"varchar"', "varchar"),
]
_MAX_BYTES = "65535"
_CONSTRAINTS = {"PRIMARY", "UNIQUE", "FOREIGN", "CONSTRAINT"}
_ENCODINGS = {
    "AUTO", "AZ64", "BYTEDICT", "DELTA", "DELTA32K", "LZO", "MOSTLY8", "MOSTLY16", "MOSTLY32",
    "RAW", "RUNLENGTH", "TEXT255", "TEXT32K", "ZSTD",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A CREATE TABLE for PostgreSQL, and the tables that its REFERENCES name."""

    name: str
    tokens: list[Token]
    references: tuple[str, ...]


def name_at(statement: Sequence[Token], index: int) -> str:
    """Return the table name, with its schema if it has one, that begins at a token."""
    parts = [statement[index].text]
    if len(statement) > index + 2 and statement[index + 1].key == ".":
        parts.append(statement[index + 2].text)
    return ".".join(parts)


def create_table(statement: Sequence[Token]) -> Table:
    """Rewrite CREATE TABLE, with columns, LIKE or AS."""
    tokens = list(statement)
    name = _created(tokens)
    body = next((i for i, token in enumerate(tokens) if token.key in {"(", "AS"}), len(tokens))
    # CREATE TABLE … AS: attributes may stand before AS, with parentheses of their own.
    query = _as_query(tokens)
    if query is not None:
        return Table(name, [*strip_attributes(tokens[:query]), *tokens[query:]], ())
    end = _closing(tokens, body)
    strip_attributes(tokens[end + 1 :], only=True)
    items = _split(tokens[body + 1 : end])
    keyed = {
        token.text.lower()
        for item in items
        if "PRIMARY" in _keys(item) and not _is_column(item)
        for token in item[item.index(next(t for t in item if t.key == "(")) :]
        if token.kind in {"word", "quoted"}
    }
    columns = [_column(item, keyed) for item in items if _is_column(item)]
    listed = [token for column in columns for token in [word(","), *column]][1:]
    return Table(name, [*tokens[: body + 1], *listed, word(")")], referenced(tokens))


def referenced(tokens: Sequence[Token]) -> tuple[str, ...]:
    """Name the tables that stand after REFERENCES."""
    return tuple(
        name_at(tokens, index + 1)
        for index, token in enumerate(tokens)
        if token.key == "REFERENCES"
    )


def adds_column(statement: Sequence[Token]) -> bool:
    """Say whether an ALTER TABLE adds a column, and not a constraint."""
    at = next(index for index, token in enumerate(statement) if token.key == "ADD")
    return statement[at + 1].key not in _CONSTRAINTS


def check_added_column(statement: Sequence[Token]) -> None:
    """Raise RedshiftError for what a column that is added may not have."""
    keys = [token.key for token in statement]
    refused = {"UNIQUE", "PRIMARY", "REFERENCES", "IDENTITY", "DISTKEY", "SORTKEY"} & set(keys)
    if refused:
        raise not_supported(f"ALTER TABLE ADD COLUMN does not take {min(refused)}")
    not_null = any(keys[at : at + 2] == ["NOT", "NULL"] for at in range(len(keys)))
    if not_null and "DEFAULT" not in keys:
        raise not_supported(
            "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression"
        )


def check_type_change(statement: Sequence[Token]) -> None:
    """Raise RedshiftError where a column would become anything but a VARCHAR."""
    at = next(index for index, token in enumerate(statement) if token.key == "TYPE")
    if not _type_words(statement[at + 1 :]):
        raise not_supported("ALTER COLUMN TYPE: the target data type must be VARCHAR")


def column_types(statement: Sequence[Token]) -> list[Token]:
    """Give ALTER TABLE … ADD COLUMN and … TYPE the stand-in's VARCHAR."""
    tokens = list(statement)
    for index, token in enumerate(tokens):
        place = tokens[index - 1].key == "TYPE" or tokens[index - 2].key in {"COLUMN", "ADD"}
        if token.key in _TEXT and index > 3 and place:
            return [*tokens[:index], *_typed(tokens[index:], default="256")]
    return tokens


def cast_types(statement: Sequence[Token]) -> list[Token]:
    """Replace VARCHAR and TEXT after :: and in CAST; without a length they have none."""
    written: list[Token] = []
    opened: list[bool] = []
    index = 0
    while index < len(statement):
        token = statement[index]
        if token.key == "(":
            opened.append(bool(written) and written[-1].key == "CAST")
        elif token.key == ")" and opened:
            opened.pop()
        previous = written[-1].key if written else ""
        in_cast = previous == "AS" and bool(opened) and opened[-1]
        if previous == "::" or in_cast:
            size = _type_words(statement[index:])
            if size:
                written += _OWN_VARCHAR
                index += size
                if [token.key for token in statement[index : index + 2]] == ["(", "MAX"]:
                    written += [word("("), Token("number", _MAX_BYTES, "1"), word(")")]
                    index += 3
                continue
        written.append(token)
        index += 1
    return written


def strip_attributes(tokens: Sequence[Token], *, only: bool = False) -> list[Token]:
    """Drop ENCODE, DISTKEY, SORTKEY, DISTSTYLE and BACKUP; with `only`, nothing else may be."""
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        key = tokens[index].key
        following = tokens[index + 1].key if index + 1 < len(tokens) else ""
        if key == "ENCODE":
            if following not in _ENCODINGS:
                raise RedshiftError("42601", f'unknown encoding "{following.lower()}"')
            index += 2
        elif key in {"DISTSTYLE", "BACKUP"}:
            index += 2
        elif key in {"COMPOUND", "INTERLEAVED"}:
            index += 1
        elif key in {"DISTKEY", "SORTKEY"}:
            index += 1
            if following == "(":
                index = _closing(tokens, index) + 1
            elif following == "AUTO":
                index += 1
        elif only:
            raise RedshiftError("42601", f'syntax error at or near "{tokens[index].text}"')
        else:
            kept.append(tokens[index])
            index += 1
    return kept


def _column(item: list[Token], keyed: set[str]) -> list[Token]:
    if item[0].key == "LIKE":
        return item
    tokens = [item[0], *_typed(item[1:], default="256")]
    tokens = strip_attributes(tokens)
    written: list[Token] = []
    index, not_null = 0, item[0].text.lower() in keyed
    while index < len(tokens):
        key = tokens[index].key
        if key == "PRIMARY":
            not_null, index = True, index + 2
        elif key == "UNIQUE":
            index += 1
        elif key == "REFERENCES":
            index += len(name_at(tokens, index + 1).split(".")) * 2
            if index < len(tokens) and tokens[index].key == "(":
                index = _closing(tokens, index) + 1
        elif key == "IDENTITY":
            raise not_imitated("IDENTITY columns")
        elif key == "NOT" and tokens[index + 1].key == "NULL":
            not_null, index = True, index + 2
        else:
            written.append(tokens[index])
            index += 1
    return [*written, word("NOT"), word("NULL")] if not_null else written


def _typed(tokens: Sequence[Token], default: str) -> list[Token]:
    """Replace the type that the tokens begin with; Redshift's TEXT is VARCHAR(256)."""
    if tokens[0].key == "BPCHAR":
        return [word("char"), word("("), Token("number", "256", "1"), word(")"), *tokens[1:]]
    if tokens[0].key == "NCHAR":
        return [word("char"), *tokens[1:]]
    size = _type_words(tokens)
    if not size:
        return list(tokens)
    rest = list(tokens[size:])
    width = default
    if rest and rest[0].key == "(" and tokens[0].key != "TEXT":
        width = _MAX_BYTES if rest[1].key == "MAX" else rest[1].text
        rest = rest[3:]
    return [*_OWN_VARCHAR, word("("), Token("number", width, "1"), word(")"), *rest]


def _type_words(tokens: Sequence[Token]) -> int:
    """Count the words that name a VARCHAR at the beginning of the tokens."""
    if tokens[0].key in _TEXT:
        return 1
    if [token.key for token in tokens[:2]] in (["CHARACTER", "VARYING"], ["CHAR", "VARYING"]):
        return 2
    return 0


def _is_column(item: Sequence[Token]) -> bool:
    return item[0].key not in _CONSTRAINTS


def _created(tokens: Sequence[Token]) -> str:
    """Name the table that a CREATE TABLE makes."""
    at = next(index for index, token in enumerate(tokens) if token.key == "TABLE") + 1
    return name_at(tokens, at + 3 if tokens[at].key == "IF" else at)


def _keys(item: Sequence[Token]) -> set[str]:
    return {token.key for token in item}


def _as_query(tokens: Sequence[Token]) -> int | None:
    """Find the AS of CREATE TABLE … AS."""
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.key == "(") - (token.key == ")")
        if depth == 0 and token.key == "AS":
            return index
    return None


def _closing(tokens: Sequence[Token], start: int) -> int:
    """Find the parenthesis that closes the first one at or after a token."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index].key == "(") - (tokens[index].key == ")")
        if tokens[index].key == ")" and depth == 0:
            return index
    raise RedshiftError("42601", "syntax error at end of input")


def _split(tokens: Sequence[Token]) -> list[list[Token]]:
    """Cut at the commas outside parentheses."""
    items: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.key == "(") - (token.key == ")")
        if token.key == "," and depth == 0:
            items.append([])
        else:
            items[-1].append(token)
    return items
