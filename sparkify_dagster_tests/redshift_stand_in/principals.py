"""Users, groups and roles: known by name to one stand-in, without any privilege behind them."""

from collections.abc import Sequence

from sparkify_dagster_tests.redshift_stand_in.errors import RedshiftError, syntax_error
from sparkify_dagster_tests.redshift_stand_in.lexer import Token


class Principals:
    """Answers CREATE and DROP of users, groups and roles, GRANT and REVOKE."""

    def __init__(self, user: str) -> None:
        self._known = {("user", user), ("group", "public")}

    def concerns(self, statement: Sequence[Token]) -> bool:
        """Say whether a statement is one of those that are answered here."""
        first = statement[0].key
        kind = statement[1].key if len(statement) > 1 else ""
        return first in {"GRANT", "REVOKE"} or (
            first in {"CREATE", "ALTER", "DROP"} and kind in {"USER", "GROUP", "ROLE"}
        )

    def answer(self, statement: Sequence[Token]) -> str:
        """Carry out a statement and return its command tag; raises RedshiftError."""
        first = statement[0].key
        if first in {"GRANT", "REVOKE"}:
            self._grant(statement)
            return first
        kind, name = statement[1].text.lower(), statement[2].text.lower()
        known = (kind, name) in self._known
        if first == "CREATE" and known:
            raise RedshiftError("42710", f'{kind} "{name}" already exists')
        if first != "CREATE" and not known:
            raise RedshiftError("42704", f'{kind} "{name}" does not exist')
        if first == "CREATE":
            self._known.add((kind, name))
        if first == "DROP":
            self._known.discard((kind, name))
        return f"{first} {kind.upper()}"

    def _grant(self, statement: Sequence[Token]) -> None:
        keys = [token.key for token in statement]
        mark = "TO" if keys[0] == "GRANT" else "FROM"
        if mark not in keys:
            raise syntax_error(f"syntax error in {keys[0]}: {mark} is missing")
        grantees = statement[len(keys) - keys[::-1].index(mark) :]
        kind = "user"
        for token in grantees:
            if token.key in {"GROUP", "ROLE"}:
                kind = token.text.lower()
            elif token.key in {"WITH", "CASCADE", "RESTRICT"}:
                return
            elif token.key == ",":
                kind = "user"
            elif token.key != "PUBLIC" and (kind, token.text.lower()) not in self._known:
                raise RedshiftError("42704", f'{kind} "{token.text}" does not exist')
