"""The charts of tables on Dagster's pages: an SVG in a data address, which Markdown shows.

A table with a chart has a file `chart.sql` in its folder. Its first line gives the form and the
title, `-- chart: lines "Plays a day"`; the rest is the query whose rows are drawn.
"""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sparkify_dagster.dashboard import drawing
from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.models import files
from sparkify_dagster.warehouse.base import Answer

_FORMS: dict[str, Callable[[Sequence[str], drawing.Rows], str]] = {
    "lines": drawing.lines,
    "stacks": drawing.stacks,
    "bars": drawing.bars,
    "heat": drawing.heat,
}
_HEADER = re.compile(rf'-- chart: ({"|".join(_FORMS)}) "([^"\[\]]+)"\n')


@dataclass(frozen=True)
class Chart:
    """What a file `chart.sql` says: a form, a title, and the query of the rows to draw."""

    form: str
    title: str
    sql: str


def read_chart(table: str) -> Chart | None:
    """Read the file `chart.sql` of a table; returns None if it has none.

    Raises SparkifyError if the first line is not that of a chart.
    """
    if not files.has(table, "chart.sql"):
        return None
    text = files.read(table, "chart.sql")
    header = _HEADER.match(text)
    if header is None:
        raise SparkifyError(
            f'{files.path(table, "chart.sql")}: the first line must be `-- chart: FORM "Title"`, '
            f"with FORM one of {', '.join(_FORMS)}"
        )
    return Chart(header[1], header[2], text[header.end() :].strip())


def chart_of(chart: Chart, answer: Answer) -> str | None:
    """Draw the rows of a chart's query as Markdown; returns None if there are no rows."""
    if not answer.rows:
        return None
    svg = drawing.framed(chart.title, _FORMS[chart.form](answer.columns, answer.rows))
    encoded = base64.b64encode(svg.encode()).decode()
    return f"![{chart.title}](data:image/svg+xml;base64,{encoded})"
