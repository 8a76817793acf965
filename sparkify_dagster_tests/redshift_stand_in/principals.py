"""Users, groups and roles: known to one stand-in, and roles of PostgreSQL behind it.

A user who logs in for the first time is made then, as Redshift does for an IAM identity.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparkify_dagster_tests.redshift_stand_in import database
from sparkify_dagster_tests.redshift_stand_in.errors import RedshiftError, syntax_error
from sparkify_dagster_tests.redshift_stand_in.lexer import Token, render, word
from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience

if TYPE_CHECKING:
    from sparkify_dagster_tests.redshift_stand_in.backend import Backend
    from sparkify_dagster_tests.redshift_stand_in.server import RedshiftStandIn

RULES = (
    documented("Every user may create tables in schema public.", "r_Schemas_and_tables"),
    documented(
        "A table is its owner's; others read or write it after GRANT, by themselves or by a group "
        "or role.",
        "r_GRANT",
        "r_Privileges",
    ),
    documented("CREATE USER is for administrators.", "r_CREATE_USER"),
    documented("The grantee of GRANT and REVOKE must exist.", "r_GRANT"),
    from_experience(
        "information_schema, SVV_TABLES and SVV_COLUMNS show a user the tables that they own or "
        "have a privilege on; the administrator sees all."
    ),
    documented(
        "PG_TABLE_DEF shows the tables of the search path, to those who may use them.",
        "r_PG_TABLE_DEF",
    ),
    documented(
        "The catalogue tables PG_CLASS and PG_NAMESPACE are readable by every user.",
        "c_intro_catalog_views",
    ),
    documented(
        "SVV_TABLE_INFO shows no empty tables, and is for the administrator.", "r_SVV_TABLE_INFO"
    ),
    documented("STV_DB_ISOLATION_LEVEL is for the administrator.", "r_STV_DB_ISOLATION_LEVEL"),
)


class Principals:
    """Carries out CREATE, ALTER and DROP of users, groups and roles, GRANT and REVOKE."""

    def __init__(self, server: "RedshiftStandIn") -> None:
        self._server = server
        self._known = {("user", server.user), ("group", "public")}

    def log_in(self, user: str) -> None:
        """Make a user who is not known yet."""
        if ("user", user) not in self._known:
            database.ensure_role(self._server.postgres_uri, user)
            self._known.add(("user", user))

    def concerns(self, statement: Sequence[Token]) -> bool:
        """Say whether a statement is one of those that are answered here."""
        first = statement[0].key
        kind = statement[1].key if len(statement) > 1 else ""
        return first in {"GRANT", "REVOKE"} or (
            first in {"CREATE", "ALTER", "DROP"} and kind in {"USER", "GROUP", "ROLE"}
        )

    def answer(self, backend: "Backend", statement: Sequence[Token]) -> str:
        """Carry out a statement and return its command tag; raises RedshiftError."""
        first = statement[0].key
        if first in {"GRANT", "REVOKE"}:
            self._grant(backend, statement)
            return first
        kind, name = statement[1].text.lower(), _name(statement[2])
        known = (kind, name) in self._known
        if first == "CREATE" and known:
            raise RedshiftError("42710", f'{kind} "{name}" already exists')
        if first != "CREATE" and not known:
            raise RedshiftError("42704", f'{kind} "{name}" does not exist')
        if first == "CREATE":
            if kind == "user":
                self._create_user(backend, name, statement)
            database.ensure_role(self._server.postgres_uri, name)
            self._known.add((kind, name))
        if first == "ALTER" and kind == "group":
            database.run(self._server.postgres_uri, None, render(statement))
        if first == "DROP":
            self._known.discard((kind, name))
            self._server.passwords.pop(name, None)
        return f"{first} {kind.upper()}"

    def _create_user(self, backend: "Backend", name: str, statement: Sequence[Token]) -> None:
        if backend.user != self._server.user:
            raise RedshiftError("42501", "permission denied to create user")
        passwords = [token.value for token in statement if token.kind == "string"]
        if passwords:
            self._server.passwords[name] = passwords[0]

    def _grant(self, backend: "Backend", statement: Sequence[Token]) -> None:
        keys = [token.key for token in statement]
        mark = "TO" if keys[0] == "GRANT" else "FROM"
        if mark not in keys:
            raise syntax_error(f"syntax error in {keys[0]}: {mark} is missing")
        at = len(keys) - keys[::-1].index(mark)
        grantees = [
            word("PUBLIC") if name == "public" else Token("quoted", f'"{name}"', "")
            for name in self._grantees(statement[at:])
        ]
        if "ON" not in keys:
            return
        for grantee in grantees:
            backend.rows(render([*statement[:at], grantee]))

    def _grantees(self, tokens: Sequence[Token]) -> list[str]:
        """Name those that privileges go to; raises RedshiftError for one that is not there."""
        found: list[str] = []
        kind = "user"
        for token in tokens:
            if token.key in {"GROUP", "ROLE"}:
                kind = token.text.lower()
            elif token.key in {"WITH", "CASCADE", "RESTRICT"}:
                break
            elif token.key == ",":
                kind = "user"
            elif token.key != "PUBLIC" and (kind, _name(token)) not in self._known:
                raise RedshiftError("42704", f'{kind} "{_name(token)}" does not exist')
            else:
                found.append("public" if token.key == "PUBLIC" else _name(token))
        return found


def _name(token: Token) -> str:
    return token.text.lower().strip('"')
