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


def read_chart(text: str) -> Chart:
    """Read the text of a file `chart.sql`; raises SparkifyError if its first line is not one."""
    header = _HEADER.match(text)
    if header is None:
        forms = ", ".join(_FORMS)
        raise SparkifyError(
            f"the first line of a chart.sql must be: -- chart: FORM \"Title\", with FORM one of {forms}"
        )
    return Chart(header[1], header[2], text[header.end() :].strip())


def chart_of(form: str, title: str, columns: Sequence[str], rows: drawing.Rows) -> str | None:
    """Draw the rows of a chart's query as Markdown; returns None if there are no rows."""
    if not rows:
        return None
    svg = drawing.framed(title, _FORMS[form](columns, rows))
    encoded = base64.b64encode(svg.encode()).decode()
    return f"![{title}](data:image/svg+xml;base64,{encoded})"
