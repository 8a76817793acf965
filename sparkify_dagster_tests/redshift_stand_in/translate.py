"""From Redshift's SQL to PostgreSQL's, for a statement that the gate let through."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sparkify_dagster_tests.redshift_stand_in import ddl, functions, parameters
from sparkify_dagster_tests.redshift_stand_in.lexer import Token, render, string, word
from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience

RULES = (
    documented("TRUNCATE commits the transaction.", "r_TRUNCATE"),
    documented("VACUUM is refused in a transaction.", "r_VACUUM_command"),
    documented(
        "Statements without BEGIN commit one by one; several in one query string are one "
        "transaction.",
        "c_serial_isolation",
    ),
    from_experience("The isolation level is the database's, whatever BEGIN says."),
    documented(
        "ALTER TABLE … ALTER COLUMN … TYPE changes a VARCHAR's width only, and not in a "
        "transaction.",
        "r_ALTER_TABLE",
    ),
)

_DATE_PARTS = {
    **dict.fromkeys(["weekday", "dayofweek", "dow", "dw"], "dow"),
    **dict.fromkeys(["dayofyear", "doy", "dy", "yearday"], "doy"),
    **dict.fromkeys(["w", "weeks"], "week"),
    **dict.fromkeys(["mon", "mons", "months"], "month"),
    **dict.fromkeys(["y", "yr", "yrs", "years"], "year"),
    **dict.fromkeys(["d", "days"], "day"),
    **dict.fromkeys(["h", "hr", "hrs", "hours"], "hour"),
    **dict.fromkeys(["m", "min", "mins", "minutes"], "minute"),
    **dict.fromkeys(["s", "sec", "secs", "seconds"], "second"),
    **dict.fromkeys(["ms", "msec", "millisecond"], "milliseconds"),
    **dict.fromkeys(["us", "microsecond"], "microseconds"),
}
_PART_FIRST = {"DATEADD", "DATEDIFF", "DATE_TRUNC", "DATE_PART"}
_CATALOGUE = {
    "stl_load_errors", "sys_load_error_detail", "sys_load_history", "sys_query_history",
    "svv_columns", "svv_tables",
    "svv_table_info", "pg_table_def", "stv_db_isolation_level",
}  # fmt: skip
_INFORMATION_SCHEMA = {"columns": "svv_columns", "tables": "svv_tables"}


@dataclass(frozen=True)
class Plan:
    """How a statement is carried out.

    `sql` None does nothing in PostgreSQL; `tag` replaces PostgreSQL's command tag. Tables in
    `needs` must exist; with `referring`, that table refers to them from now on.
    `ends_transaction` commits after it; `in_transaction` False forbids one.
    """

    sql: str | None
    tag: str | None = None
    needs: tuple[str, ...] = field(default=())
    ends_transaction: bool = False
    in_transaction: bool = True
    only_in_transaction: bool = False
    referring: str = ""  # the table whose foreign keys `needs` names


def translate(statement: Sequence[Token], session: Mapping[str, int]) -> Plan:
    """Plan a statement; `session` gives pg_last_copy_id and pg_last_copy_count."""
    first = statement[0].key
    if first == "CREATE" and "TABLE" in {token.key for token in statement[1:4]}:
        table = ddl.create_table(statement)
        return Plan(_query(table.tokens, session), needs=table.references, referring=table.name)
    if first == "ALTER" and statement[1].key == "TABLE":
        return _alter_table(statement, session)
    if first in _COMMANDS:
        return _COMMANDS[first](statement)
    if first == "DELETE" and statement[1].key != "FROM":
        statement = [statement[0], word("FROM"), *statement[1:]]
    if [token.key for token in statement[-4:]] == ["WITH", "NO", "SCHEMA", "BINDING"]:
        statement = statement[:-4]
    return Plan(_query(statement, session))


def _begin(statement: Sequence[Token]) -> Plan:
    """Every isolation level is the database's own."""
    read_only = "READ ONLY" if statement[-1].key == "ONLY" else ""
    return Plan(
        f"BEGIN {read_only}", "BEGIN" if statement[0].key == "BEGIN" else "START TRANSACTION"
    )


def _lock(statement: Sequence[Token]) -> Plan:
    names = [token for token in statement[1:] if token.key != "TABLE"]
    return Plan(f"LOCK TABLE {render(names)}", only_in_transaction=True)


def _truncate(statement: Sequence[Token]) -> Plan:
    return Plan(render(statement), ends_transaction=True)


def _vacuum(_statement: Sequence[Token]) -> Plan:
    return Plan(None, "VACUUM", in_transaction=False)


def _analyze(statement: Sequence[Token]) -> Plan:
    words = {"VERBOSE", "PREDICATE", "COLUMNS", "ALL"}
    return Plan(f"ANALYZE {render([token for token in statement[1:] if token.key not in words])}")


def _parameter(statement: Sequence[Token]) -> Plan:
    return Plan(*parameters.translate(statement))


_COMMANDS: dict[str, Callable[[Sequence[Token]], Plan]] = {
    "ANALYZE": _analyze,
    "BEGIN": _begin,
    "LOCK": _lock,
    "RESET": _parameter,
    "SET": _parameter,
    "SHOW": _parameter,
    "START": _begin,
    "TRUNCATE": _truncate,
    "VACUUM": _vacuum,
}


def _alter_table(statement: Sequence[Token], session: Mapping[str, int]) -> Plan:
    """Physical attributes and keys change nothing here; the table must be there all the same."""
    keys = {token.key for token in statement}
    if "ADD" in keys and ddl.adds_column(statement):
        ddl.check_added_column(statement)
        return Plan(_query(ddl.strip_attributes(ddl.column_types(statement)), session))
    if "TYPE" in keys:
        ddl.check_type_change(statement)
        altered_type = _query(ddl.column_types(statement), session)
        return Plan(altered_type, tag="ALTER TABLE", in_transaction=False)
    if "FOREIGN" in keys:
        name = ddl.name_at(statement, 2)
        return Plan(None, tag="ALTER TABLE", needs=ddl.referenced(statement), referring=name)
    altered = keys & {"DISTKEY", "SORTKEY", "DISTSTYLE"} or ("ENCODE" in keys and "ADD" not in keys)
    if altered or (keys & {"PRIMARY", "UNIQUE"}):
        return Plan(None, tag="ALTER TABLE", needs=(ddl.name_at(statement, 2),))
    return Plan(_query(ddl.strip_attributes(ddl.column_types(statement)), session))


def _query(statement: Sequence[Token], session: Mapping[str, int]) -> str:
    tokens = ddl.cast_types(statement)
    written: list[Token] = []
    index = 0
    while index < len(tokens):
        following = tokens[index + 1].key if index + 1 < len(tokens) else ""
        if tokens[index].kind != "word" or (written and written[-1].key == "."):
            written.append(tokens[index])
            index += 1
        elif following == "(":
            index = _call(tokens, index, written, session)
        elif following == ".":
            index = _qualified(tokens, index, written)
        else:
            written.append(_lone_word(tokens[index], following))
            index += 1
    sql = render(written)
    return _without_qualify(sql) if "QUALIFY" in {token.key for token in statement} else sql


def _call(
    tokens: Sequence[Token], index: int, written: list[Token], session: Mapping[str, int]
) -> int:
    """Write a function's name and, where it needs another spelling, its first argument."""
    name = tokens[index].text.lower()
    if name in session:
        # The stand-in's function returns its argument; so the column has the right name.
        written += [word("redshift"), word("."), tokens[index], word("(")]
        written.append(Token("number", str(session[name]), "1"))
        return index + 2
    if name == "nvl":
        written.append(word("COALESCE"))
    elif name in functions.OWN:
        written += [word("redshift"), word("."), tokens[index]]
    else:
        written.append(tokens[index])
    written.append(tokens[index + 1])
    argument = tokens[index + 2]
    if name.upper() in _PART_FIRST or name == "extract":
        part = argument.value if argument.kind == "string" else argument.text
        if name in {"extract", "date_part", "date_trunc"}:
            part = _DATE_PARTS.get(part.lower(), part)
        written.append(string(part))
        return index + 3
    if name in {"current_setting", "set_config"} and argument.kind == "string":
        written.append(string(parameters.stored_as(argument.value)))
        return index + 3
    return index + 2


def _qualified(tokens: Sequence[Token], index: int, written: list[Token]) -> int:
    schema, name = tokens[index].text.lower(), tokens[index + 2].text.lower()
    if schema == "pg_catalog" and name in _CATALOGUE:
        written += [word("redshift"), word("."), tokens[index + 2]]
    elif schema == "information_schema" and name in _INFORMATION_SCHEMA:
        written += [word("redshift"), word("."), word(_INFORMATION_SCHEMA[name])]
    else:
        written += tokens[index : index + 3]
    return index + 3


def _lone_word(token: Token, following: str) -> Token:
    if token.key == "SYSDATE":
        return word("LOCALTIMESTAMP")
    if token.key == "MINUS" and following in {"SELECT", "ALL"}:
        return word("EXCEPT")
    return token


def _without_qualify(sql: str) -> str:
    """QUALIFY becomes a subquery with a condition on it."""
    import sqlglot

    return sqlglot.transpile(sql, read="postgres", write="postgres")[0]
