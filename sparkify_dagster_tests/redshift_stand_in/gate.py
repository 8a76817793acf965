"""What Redshift refuses: statements, constructs, functions and types.

sqlfluff's Redshift dialect parses; it lets much of PostgreSQL through, so rules of our own follow,
taken from the Developer Guide ("Unsupported PostgreSQL features", and each command's page).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from sparkify_dagster_tests.redshift_stand_in import functions
from sparkify_dagster_tests.redshift_stand_in.accepted import accepted
from sparkify_dagster_tests.redshift_stand_in.constructs import NAME, NOT_IMITATED, REFUSED
from sparkify_dagster_tests.redshift_stand_in.errors import (
    RedshiftError,
    not_imitated,
    not_supported,
    syntax_error,
)
from sparkify_dagster_tests.redshift_stand_in.leader import Relations
from sparkify_dagster_tests.redshift_stand_in.lexer import Token, shape
from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience

if TYPE_CHECKING:
    from sqlfluff.core import Linter
    from sqlfluff.core.parser import BaseSegment

RULES = (
    documented(
        "Statements, clauses, types and functions that the Developer Guide does not have are "
        "refused: CREATE INDEX, SEQUENCE, TRIGGER, EXTENSION and TYPE, UUID, JSONB, BYTEA, SERIAL "
        "and arrays, string_agg, array_agg, generate_series and so on.",
        "c_unsupported-postgresql-features",
        "c_unsupported-postgresql-datatypes",
        "c_unsupported-postgresql-functions",
    ),
    documented(
        "MERGE takes a table without alias, a table as source that is another one, one WHEN "
        "MATCHED and one WHEN NOT MATCHED without AND. A row that matches twice is an error.",
        "r_MERGE",
    ),
    documented(
        "An aggregate as a window function with ORDER BY wants a ROWS frame.", "c_Window_functions"
    ),
    documented("TRUNCATE takes one table, and no CASCADE.", "r_TRUNCATE"),
    documented("LOCK has no modes.", "r_LOCK"),
    documented("VARCHAR holds 65,535 bytes at most, CHAR 4,096.", "r_Character_types"),
    from_experience("EXPLAIN has neither ANALYZE nor options in parentheses."),
)

#: Statements whose grammar sqlfluff knows well enough to be asked.
PARSED = {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "ALTER", "DROP"}
#: Statements with a grammar so small that a pattern says all of it.
_LEVEL = r"(?:SERIALIZABLE|READ UNCOMMITTED|READ COMMITTED|REPEATABLE READ)"
_MODES = rf"(?: ISOLATION LEVEL {_LEVEL})?(?: ,? ?(?:READ WRITE|READ ONLY))?"
_GRAMMAR = {
    "ABORT": r"ABORT(?: WORK| TRANSACTION)?",
    "ANALYZE": rf"ANALYZE(?: VERBOSE)?(?: {NAME}(?: \( .* \))?)?(?: (?:PREDICATE|ALL) COLUMNS)?",
    "BEGIN": rf"BEGIN(?: WORK| TRANSACTION)?{_MODES}",
    "CLOSE": rf"CLOSE {NAME}",
    "COMMENT": r"COMMENT ON (?:TABLE|COLUMN|CONSTRAINT|DATABASE|VIEW) .+ IS (?:'s'|NULL)",
    "COMMIT": r"COMMIT(?: WORK| TRANSACTION)?",
    "COPY": r"COPY .*",
    "DECLARE": rf"DECLARE {NAME}(?: INSENSITIVE)? CURSOR(?: WITHOUT HOLD)? FOR .*",
    "END": r"END(?: WORK| TRANSACTION)?",
    "EXPLAIN": r"EXPLAIN(?: VERBOSE)? (?!ANALYZE|\().*",
    "FETCH": rf"FETCH(?: NEXT| ALL| FORWARD(?: \d+| ALL)?)? FROM {NAME}",
    "GRANT": r"GRANT .+ TO .+",
    "LOCK": rf"LOCK(?: TABLE)? {NAME}(?: , {NAME})*",
    "RESET": r"RESET (?:ALL|[\w. ]+)",
    "REVOKE": r"REVOKE .+ FROM .+",
    "ROLLBACK": r"ROLLBACK(?: WORK| TRANSACTION)?",
    "SET": rf"SET (?:SESSION CHARACTERISTICS AS TRANSACTION{_MODES}"
    r"|(?:SESSION |LOCAL )?[\w.]+(?: \. \w+)? (?:TO|=) .+)",
    "SHOW": r"SHOW [\w.]+",
    "START": rf"START TRANSACTION{_MODES}",
    "TRUNCATE": rf"TRUNCATE(?: TABLE)? {NAME}",
    "VACUUM": rf"VACUUM(?: FULL| SORT ONLY| DELETE ONLY| REINDEX| RECLUSTER)?(?: {NAME})?"
    r"(?: TO \d+ PERCENT)?(?: BOOST)?",
}
_FOREIGN_TYPE = (
    r"(UUID|JSONB?|BYTEA|(?:BIG|SMALL)?SERIAL|MONEY|INET|CIDR|MACADDR|XML|HSTORE|TSVECTOR|TSQUERY"
    r"|OID|NAME|BIT|CITEXT|POINT|INT4RANGE)\b(?! \.)"
)
_TYPED = (
    rf":: {_FOREIGN_TYPE}",
    rf"CAST \( [^()]* AS {_FOREIGN_TYPE}",
    rf"(?:CREATE .*TABLE|ALTER TABLE) .*(?:[(,]|COLUMN|ADD) \w+ {_FOREIGN_TYPE}",
)
_CREATED = r"(?:(?:LOCAL )?(?:TEMP|TEMPORARY) )?TABLE|(?:OR REPLACE )?VIEW|SCHEMA|GROUP|ROLE|USER"
_DROPPED = "TABLE|VIEW|SCHEMA|GROUP|ROLE|USER"


def check(statement: Sequence[Token]) -> None:
    """Raise the RedshiftError with which Redshift, or the stand-in, refuses a statement."""
    error = _verdict(shape(statement))
    if error is not None:
        raise replace(error)


@lru_cache(maxsize=4096)
def _verdict(text: str) -> RedshiftError | None:
    if text in accepted():
        return None
    try:
        _check_statement(text)
    except RedshiftError as error:
        return error
    accepted().add(text)
    return None


def _check_statement(text: str) -> None:
    first = text.split(" ", 1)[0].upper()
    if first in {"UNLOAD", "PREPARE", "EXECUTE", "DEALLOCATE", "CALL", "CANCEL", "USE"}:
        raise not_imitated(first)
    _check_constructs(text)
    if first not in PARSED and first not in _GRAMMAR:
        raise syntax_error(f'syntax error at or near "{text.split(" ", 1)[0]}"')
    if first in _GRAMMAR:
        _check_grammar(first, text)
        inner = re.match(
            r"(?:EXPLAIN(?: VERBOSE)?|DECLARE .*? CURSOR(?: WITHOUT HOLD)? FOR) (.*)",
            text,
            re.IGNORECASE,
        )
        if inner:
            _check_statement(inner[1])
        return
    if first in {"CREATE", "DROP"}:
        _check_kind(first, text)
    if first == "ALTER" and not re.match(
        r"ALTER (?:TABLE|SCHEMA|GROUP|USER|ROLE|DEFAULT PRIVILEGES)\b", text, re.IGNORECASE
    ):
        raise syntax_error(f'syntax error in "{text}"')
    if first == "MERGE":
        _check_merge(text)
    if not re.match(r"\w+ (?:GROUP|ROLE|USER)\b", text, re.IGNORECASE):
        _check_tree(_parse(text), text)


def _check_constructs(text: str) -> None:
    for pattern in _TYPED:
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            raise RedshiftError("42704", f'type "{found[1].lower()}" does not exist')
    for pattern, name, _ in REFUSED:
        if re.search(_whole(pattern), text, re.IGNORECASE):
            raise not_supported(f"{name}: not supported in Redshift")
    for pattern, name in NOT_IMITATED:
        if re.search(_whole(pattern), text, re.IGNORECASE):
            raise not_imitated(name)


def _whole(pattern: str) -> str:
    return rf"(?<![\w\"])(?:{pattern})(?![\w\"])"


def _check_grammar(first: str, text: str) -> None:
    if not re.fullmatch(_GRAMMAR[first], text, re.IGNORECASE):
        raise syntax_error(f'syntax error in {first}: "{text}"')


def _check_kind(first: str, text: str) -> None:
    kinds = _CREATED if first == "CREATE" else _DROPPED
    if not re.match(rf"{first} (?:{kinds})\b", text, re.IGNORECASE):
        raise not_supported(f'"{" ".join(text.split(" ")[:3])}" is not supported in Redshift')


def _check_merge(text: str) -> None:
    grammar = (
        rf"MERGE INTO (?P<target>{NAME}) USING (?P<source>{NAME})(?: (?:AS )?\w+)? ON .*? "
        r"WHEN MATCHED THEN (?:UPDATE SET .*?|DELETE) WHEN NOT MATCHED THEN INSERT .*"
    )
    match = re.fullmatch(grammar, text, re.IGNORECASE)
    if match is None or len(re.findall(r"WHEN (?:NOT )?MATCHED", text, re.IGNORECASE)) != 2:
        raise syntax_error(
            "MERGE takes a table without alias, a table as source, one WHEN MATCHED THEN UPDATE or "
            "DELETE and one WHEN NOT MATCHED THEN INSERT, without AND"
        )
    if match["target"].lower() == match["source"].lower():
        raise not_supported("MERGE: source and target cannot be the same table")


@cache
def _linter() -> "Linter":
    from sqlfluff.core import Linter

    return Linter(dialect="redshift")


def _parse(text: str) -> "BaseSegment":
    # sqlfluff knows neither late-binding views nor DELETE without FROM, nor a column named oid.
    parsable = re.sub(r" WITH NO SCHEMA BINDING$", "", text, flags=re.IGNORECASE)
    parsable = re.sub(r"\. oid\b", ". relnamespace", parsable)
    parsable = re.sub(r"^DELETE (?!FROM\b)", "DELETE FROM ", parsable, flags=re.IGNORECASE)
    parsed = _linter().parse_string(parsable)
    for violation in parsed.violations:
        raise syntax_error(f'syntax error in "{parsable}": {violation.desc()}')
    variant = parsed.root_variant()
    tree = None if variant is None else variant.tree
    if tree is None:
        raise syntax_error(f'syntax error in "{parsable}"')
    return tree


def _check_tree(tree: "BaseSegment", text: str) -> None:
    relations = Relations(tree, text)
    relations.check()
    called = {_last_name(segment.raw) for segment in tree.recursive_crawl("function_name")}
    called |= {name for name in functions.BARE if re.search(_whole(name), text, re.IGNORECASE)}
    for name in sorted(called):
        if name in functions.LEADER_ONLY:
            relations.check_function(name)
        else:
            _check_function(name)
    for segment in tree.recursive_crawl("data_type"):
        _check_type(segment.raw)
    for call, frame_words in _windows(tree):
        if call in functions.FRAMED and "ORDER" in frame_words and "ROWS" not in frame_words:
            raise not_supported(
                "Aggregate window functions with an ORDER BY clause require a frame clause"
            )


def _last_name(raw: str) -> str:
    return raw.replace(" ", "").split(".")[-1].strip('"').lower()


def _check_function(name: str) -> None:
    if name in functions.NOT_IMITATED:
        raise not_imitated(f"the function {name.upper()}")
    if name not in functions.OWN | functions.SHARED:
        raise RedshiftError("42883", f"function {name}() does not exist")


def _check_type(raw: str) -> None:
    first = re.split(r"[ (]", raw.strip().lower(), maxsplit=1)[0]
    if first not in functions.TYPES:
        raise RedshiftError("42704", f'type "{first}" does not exist or is not supported')
    if first in {"varchar", "character", "nvarchar", "char"}:
        width = re.search(r"\(\s*(\d+)\s*\)", raw)
        if width and int(width[1]) > (4096 if first == "char" else 65535):
            raise RedshiftError(
                "22023", f"length for type {first} cannot exceed the limit ({width[1]})"
            )


def _windows(tree: "BaseSegment") -> Iterator[tuple[str, set[str]]]:
    """Name each function that has an OVER clause, with the words of that clause."""
    for call in tree.recursive_crawl("function"):
        over = next(iter(call.get_children("over_clause")), None)
        name = next(call.recursive_crawl("function_name"), None)
        if over is not None and name is not None:
            yield _last_name(name.raw), set(re.findall(r"\w+", over.raw.upper()))
