"""Digests of a table's rows that all engines compute alike, as queries in Redshift's dialect.

The digest of a row is the number that the first fifteen hexadecimal digits of an MD5 make; the
digest of a month is the sum over its rows. Before that, each value is written as text in a way that
does not depend on the engine: doubles as whole millionths, since engines write them differently.
"""

from dataclasses import dataclass

from sparkify_dagster.models import windows
from sparkify_dagster.models.contract import Column
from sparkify_dagster.models.model import Model

# Redshift's SUM of a BIGINT is a BIGINT (developer guide, SUM), which a dozen digests exceed.
_SUM = "SUM(CAST(digest AS DECIMAL(38, 0)))"
BUCKETS = 1024  # rows are fetched by the remainder of their digest, so that few are fetched

_NULL = "~"
# Columns that depend on how the rows came, and not on what is in the source.
_LEFT_OUT = frozenset({"change_number"})
# Whole millionths of larger numbers do not fit a BIGINT: only their sign counts.
_LARGEST = 9_000_000_000_000


@dataclass(frozen=True)
class DigestQueries:
    """The queries by which a table is compared.

    A table that is built in full has one month, the empty text.
    """

    model: Model

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are compared."""
        return tuple(c.name for c in self._compared)

    @property
    def months(self) -> str:
        """Select each month, the number of its rows, and the sum of their digests."""
        return f"SELECT month_of_row, COUNT(*), {_SUM} FROM {self._digests()} GROUP BY month_of_row"

    @property
    def buckets(self) -> str:
        """Select the same by the bucket of a row, for the month `:log_month`."""
        return (
            f"SELECT MOD(digest, {BUCKETS}) AS bucket, COUNT(*), {_SUM} "
            f"FROM {self._digests()} WHERE month_of_row = :log_month "
            f"GROUP BY MOD(digest, {BUCKETS})"
        )

    @property
    def rows(self) -> str:
        """Select digest and columns of the rows of `:log_month` that are in `:bucket`."""
        return (
            f"SELECT digest, {', '.join(self.columns)} FROM {self._digests(*self.columns)} "
            f"WHERE month_of_row = :log_month AND MOD(digest, {BUCKETS}) = :bucket"
        )

    @property
    def _compared(self) -> list[Column]:
        return [c for c in self.model.table.columns if c.name not in _LEFT_OUT]

    def _digests(self, *names: str) -> str:
        """Return a query for the month, the digest and these columns of each row."""
        month = windows.month_of(self.model) if self.model.windowed else "CAST('' AS VARCHAR(7))"
        text = " || ".join(_as_text(column) for column in self._compared)
        selected = [
            f"{month} AS month_of_row",
            f"STRTOL(SUBSTRING(MD5({text}), 1, 15), 16) AS digest",
            *names,
        ]
        return f"(SELECT {', '.join(selected)} FROM {self.model.name}) AS digested"


def _as_text(column: Column) -> str:
    """Return an expression for a value as text: its length, a colon and itself, or `~` for NULL.

    The length keeps values apart: ('a', 'bc') and ('ab', 'c') have different texts.
    """
    text = _TEXTS.get(column.type.partition("(")[0], _NUMBER).format(column.name)
    return f"COALESCE(CAST(OCTET_LENGTH({text}) AS VARCHAR(8)) || ':' || {text}, '{_NULL}')"


_NUMBER = "CAST({0} AS VARCHAR(20))"
_TEXTS = {
    "VARCHAR": "{0}",
    "DATE": "TO_CHAR({0}, 'YYYY-MM-DD')",
    "TIMESTAMP": "TO_CHAR({0}, 'YYYY-MM-DD HH24:MI:SS.US')",
    "BOOLEAN": "CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END",
    # FLOOR, since engines round halves in different ways.
    "DOUBLE PRECISION": (
        f"CASE WHEN {{0}} > {_LARGEST} THEN 'large' WHEN {{0}} < -{_LARGEST} THEN '-large' "
        "ELSE CAST(CAST(FLOOR({0} * 1000000 + 0.5) AS BIGINT) AS VARCHAR(20)) END"
    ),
}
