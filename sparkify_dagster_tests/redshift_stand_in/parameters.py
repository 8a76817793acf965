"""SET, RESET and SHOW: the session parameters of Redshift."""

from collections.abc import Sequence

from sparkify_dagster_tests.redshift_stand_in.errors import RedshiftError
from sparkify_dagster_tests.redshift_stand_in.lexer import Token, render

#: Where PostgreSQL finds the functions and views of Redshift, after the user's own schemas.
HIDDEN_SCHEMAS = "redshift, pg_catalog"

_SHARED = {
    "application_name", "client_encoding", "datestyle", "extra_float_digits", "search_path",
    "statement_timeout", "timezone",
}  # fmt: skip
#: Kept and shown, without effect.
_KEPT = {
    "analyze_threshold_percent", "describe_field_name_in_uppercase",
    "enable_case_sensitive_identifier", "enable_result_cache_for_session",
    "error_on_nondeterministic_update", "max_cursor_result_set_size", "query_group",
    "wlm_query_slot_count",
}  # fmt: skip


def stored_as(name: str) -> str:
    """Return the name under which PostgreSQL keeps a parameter of Redshift."""
    lower = name.lower()
    return f"redshift.{lower}" if lower in _KEPT else lower


def translate(statement: Sequence[Token]) -> tuple[str | None, str]:
    """Return PostgreSQL's statement (None: nothing to do) and the command tag."""
    command = statement[0].key
    rest = list(statement[1:])
    if command == "SET" and [token.key for token in rest[:2]] == ["SESSION", "CHARACTERISTICS"]:
        return None, "SET"
    scope = "SESSION"
    if rest[0].key in {"SESSION", "LOCAL"}:
        scope = rest.pop(0).key
    if command == "RESET" and rest[0].key == "ALL":
        return "RESET ALL", "RESET"
    size = 3 if len(rest) > 1 and rest[1].key == "." else 1
    name = "".join(token.text for token in rest[:size]).lower()
    if name not in _SHARED | _KEPT and "." not in name:
        raise RedshiftError("42704", f'unrecognized configuration parameter "{name}"')
    if command == "SHOW":
        return f"SHOW {stored_as(name)}", "SHOW"
    if command == "RESET":
        return f"RESET {stored_as(name)}", "RESET"
    value = render(rest[size + 1 :])
    if name == "search_path" and value.upper() != "DEFAULT":
        value = f"{value}, {HIDDEN_SCHEMAS}"
    return f"SET {scope} {stored_as(name)} TO {value}", "SET"
