"""The rules in Redshift's SQL, for events that COPY has read."""

from collections.abc import Iterator
from typing import assert_never

from sparkify_dagster import partitions
from sparkify_dagster.lake.datasets import Dataset, Field
from sparkify_dagster.lake.rules import (
    Length,
    Pattern,
    Present,
    Range,
    Scalar,
    outside_month,
    rules_of,
)


def invalid_reason_sql(dataset: Dataset, log_month: str) -> str:
    """Give an expression in Redshift's SQL: why a row of copied_events is to be rejected, or null.

    It states the rules that COPY does not enforce, in the order of the parser, so that of two
    faults both report the same. COPY itself rejects a missing value (NOT NULL), a number out of
    the range of its type, and a text that is too long.
    """
    cases = [
        f"    WHEN {condition} THEN '{field.key} {reason}'"
        for field in dataset.fields
        for condition, reason in _conditions(field)
    ]
    window = partitions.window(log_month)
    before, _, after = outside_month("\0", log_month).partition("\0")
    cases.append(
        f"    WHEN ts < {window.start_ms} OR ts >= {window.end_ms} "
        f"THEN '{before}' || ts_text || '{after}'"
    )
    return "CASE\n" + "\n".join(cases) + "\nEND"


def _conditions(field: Field) -> Iterator[tuple[str, str]]:
    """Yield when a value breaks a rule, and the reason; a null breaks none."""
    # COPY reads numbers twice: as such, and as the text that it found.
    text = field.column if field.kind == "integer text" else f"{field.column}_text"
    for rule in rules_of(field):
        match rule:
            case Pattern():
                yield f"{text} !~ '^{rule.pattern}$'", rule.reason
            case Range(high=float()):
                # In case COPY takes a number that is too large for an infinite one.
                limit = f"CAST('{rule.high:.16E}' AS DOUBLE PRECISION)"
                yield f"ABS({field.column}) > {limit}", rule.reason
            case Present() | Scalar() | Length() | Range():
                pass  # COPY refuses these
            case _:
                assert_never(rule)
