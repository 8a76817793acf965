"""The report of the live suite: what ran where, what held, and how long it took."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sparkify_dagster.cli.probe import table_of
from sparkify_dagster.warehouse.redshift.probe import Assumption

# Names of an account do not belong into a report that is committed.
_PRIVATE = re.compile(r"s3://\S+|arn:\S+|[\w.-]+\.amazonaws\.com\S*|\b\d{12}\b")


@dataclass
class Report:
    """What the tests of a session add to, and the conftest writes at its end."""

    place: str = ""
    version: str = ""
    assumptions: Sequence[Assumption] = ()
    tests: list[tuple[str, str, float]] = field(default_factory=list)

    def text(self, now: datetime) -> str:
        """Return the report as Markdown, without the names of an account."""
        lines = [
            "# Live suite on Amazon Redshift",
            "",
            f"{now:%Y-%m-%d %H:%M} UTC, on {self.place or 'a stack of its own'}. {self.version}",
        ]
        if self.assumptions:
            rows = table_of([*self.assumptions])
            details = [f"- {a.name}: {a.detail}" for a in self.assumptions if a.detail]
            columns = ("assumption", "held", "otherwise the load", "seconds")
            lines += ["", "## Assumptions", "", *_table(columns, rows), "", *details]
        tests = [(name, result, round(seconds, 1)) for name, result, seconds in self.tests]
        lines += ["", "## Tests", "", *_table(("test", "result", "seconds"), tests)]
        return _PRIVATE.sub("…", "\n".join(lines).rstrip()) + "\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    cells = [[str(value).replace("|", "\\|") for value in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in (columns, ["---"] * len(columns), *cells)]
