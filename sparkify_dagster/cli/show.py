"""What the command shows: progress bars, tables and messages."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from sparkify_dagster import progress
from sparkify_dagster.escaping import for_terminal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID


@cache
def console() -> "Console":
    """Return the terminal; if output is piped, lines are wide and plain.

    Text is printed as it is: no markup, no emoji codes, and no control characters.
    """
    from rich.console import Console

    class SafeConsole(Console):
        def print(self, *objects: object, **options: Any) -> None:  # noqa: ANN401 - Rich's own
            safe = (for_terminal(o, keep="\n") if isinstance(o, str) else o for o in objects)
            super().print(*safe, **options)

    width = None if sys.stdout.isatty() else 120
    return SafeConsole(highlight=False, markup=False, emoji=False, width=width)


@contextmanager
def following() -> Iterator[None]:
    """Show the progress of all work in the block, a bar a piece of work."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    bars = Progress(
        TextColumn("{task.description:<28}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[told]:>26}", markup=False),
        TimeElapsedColumn(),
        console=console(),
        transient=True,
        disable=not console().is_terminal,
    )
    tasks: dict[str, TaskID] = {}

    def show(step: progress.Step) -> None:
        if step.title not in tasks:
            tasks[step.title] = bars.add_task(for_terminal(step.title), total=step.total, told="")
        bars.update(tasks[step.title], completed=step.done, total=step.total, told=_told(step))
        if step.done >= step.total:
            bars.remove_task(tasks.pop(step.title))

    with bars, progress.listening(show):
        yield


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, grouped: bool = False
) -> None:
    """Print rows as a table, numbers to the right; `grouped` parts thousands with commas."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(columns):
        numeric = all(isinstance(r[number], int | float) or r[number] is None for r in rows)
        header = Text(for_terminal(name))
        table.add_column(header, justify="right" if numeric and rows else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value, grouped=grouped)) for value in row))
    console().print(table)


def _cell(value: object, *, grouped: bool) -> str:
    if value is None:
        return ""
    return f"{value:,}" if grouped and isinstance(value, int) else for_terminal(str(value))


def _told(step: progress.Step) -> str:
    if step.unit == "bytes":
        return f"{step.done / 1e6:,.0f} of {step.total / 1e6:,.0f} MB"
    return f"{step.done:,} of {step.total:,} {step.unit}"
