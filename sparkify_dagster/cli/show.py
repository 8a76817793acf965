"""What the command shows: progress bars, tables and messages."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from sparkify_dagster import progress
from sparkify_dagster.escaping import for_terminal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID
    from rich.table import Table

_PIPED_WIDTH = 100_000  # nothing is wrapped or shortened
_GAP = 3  # between two columns
_LEAST_WIDTH = 14  # a cell that is shortened further says too little
_STARTING = "starting"


@cache
def console() -> "Console":
    """Return the terminal; if output is piped, lines are as long as they need.

    Text is printed as it is: no markup, no emoji codes, and no control characters.
    """
    from rich.console import Console

    class SafeConsole(Console):
        def print(self, *objects: object, **options: Any) -> None:  # noqa: ANN401 - Rich's own
            safe = (for_terminal(o, keep="\n") if isinstance(o, str) else o for o in objects)
            super().print(*safe, **options)

    options: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}
    if not sys.stdout.isatty():
        return SafeConsole(width=_PIPED_WIDTH, **options)
    # A descriptor of its own: during a run's steps, Dagster sends the process's to a file.
    terminal = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding=sys.stdout.encoding)
    return SafeConsole(file=terminal, **options)


@contextmanager
def following() -> Iterator[None]:
    """Show the progress of all work in the block, a bar for each piece of work.

    Finished work stays until other work begins, so that something can be seen at any time.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    bars = Progress(
        TextColumn("{task.description:<28}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[detail]:>26}", markup=False),
        TimeElapsedColumn(),
        console=console(),
        transient=True,
        disable=not console().is_terminal,
    )
    tasks: dict[str, TaskID] = {_STARTING: bars.add_task(_STARTING, total=None, detail="")}
    finished: set[str] = {_STARTING}

    def show(step: progress.Step) -> None:
        if step.title not in tasks:
            for title in finished:
                bars.remove_task(tasks.pop(title))
            finished.clear()
            title = for_terminal(step.title)
            tasks[step.title] = bars.add_task(title, total=step.total, detail="")
        detail = _detail(step)
        bars.update(tasks[step.title], completed=step.done, total=step.total, detail=detail)
        if step.done >= step.total:
            finished.add(step.title)
        else:
            finished.discard(step.title)

    with bars, progress.listening(show):
        yield


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, grouped: bool = False
) -> None:
    """Print rows as a table, numbers to the right; `grouped` parts thousands with commas.

    If they are wider than the terminal, cells are shortened; if that would leave too little of
    them, each row is printed as a record, one value below another. Piped output is never cut.
    """
    numeric = [_is_numeric(rows, number) for number in range(len(columns))]
    names = [for_terminal(name) for name in columns]
    cells = [[_cell(value, grouped=grouped) for value in row] for row in rows]
    room = console().width - _GAP * len(names)
    widths = [_width([name, *(row[n] for row in cells)]) for n, name in enumerate(names)]
    limit = _widest(widths, room)
    if limit < min(_LEAST_WIDTH, max(widths, default=0)):
        _print_records(names, cells)
        return
    table = _new_table()
    for name, right in zip(names, numeric, strict=True):
        table.add_column(_text(name, limit), justify="right" if right else "left", no_wrap=True)
    for row in cells:
        table.add_row(*(_text(cell, limit) for cell in row))
    console().print(table)
    if limit < max(widths, default=0):
        console().print("Long values are shortened; piped, or with --format csv, they are not.")


def _widest(widths: Sequence[int], room: int) -> int:
    """Return the width that no column may exceed for all to fit."""
    if sum(widths) <= room:
        return max(widths, default=0)
    left, remaining = room, sorted(widths)
    while remaining and remaining[0] <= left // len(remaining):
        left -= remaining.pop(0)
    return left // len(remaining) if remaining else left


def _print_records(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.rule import Rule
    from rich.table import Table
    from rich.text import Text

    for number, row in enumerate(rows, 1):
        console().print(Rule(f"row {number:,}", align="left", style="dim"))
        record = Table.grid(padding=(0, _GAP, 0, 0))
        record.add_column(no_wrap=True, style="bold")
        record.add_column(overflow="fold")
        for name, cell in zip(names, row, strict=True):
            record.add_row(Text(name), Text(cell))
        console().print(record)


def _new_table() -> "Table":
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, pad_edge=False)


def _is_numeric(rows: Sequence[Sequence[object]], number: int) -> bool:
    return bool(rows) and all(
        isinstance(row[number], int | float | Decimal) or row[number] is None for row in rows
    )


def _width(texts: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, texts))


def _text(text: str, limit: int) -> Any:  # noqa: ANN401 - Rich's, which is imported late
    from rich.text import Text

    shown = Text(text)
    shown.truncate(limit, overflow="ellipsis")
    return shown


def _cell(value: object, *, grouped: bool) -> str:
    if value is None:
        return ""
    return f"{value:,}" if grouped and isinstance(value, int) else for_terminal(str(value))


def _detail(step: progress.Step) -> str:
    if step.unit == "bytes":
        return f"{step.done / 1e6:,.0f} of {step.total / 1e6:,.0f} MB"
    unit = step.unit.removesuffix("s") if step.total == 1 else step.unit
    return f"{step.done:,} of {step.total:,} {unit}"
