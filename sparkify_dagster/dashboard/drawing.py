"""Small charts as SVG, put together as text.

A picture costs a few string operations, where a plotting library would cost every load half a
second to import. A chart is drawn from an answer's columns and rows into a frame of fixed size.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sparkify_dagster.escaping import for_svg

Rows = Sequence[Sequence[Any]]
Point = tuple[float, float]
Box = tuple[float, float, float, float]

WIDTH, HEIGHT = 640, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 34, 24
_INSIDE, _LOW = WIDTH - _LEFT - _RIGHT, HEIGHT - _BOTTOM
_INK, _MUTED, _LINE, _GROUND = "#1c2321", "#5f6b67", "#e2e1da", "#ffffff"
_COLORS = ("#0f766e", "#d08a2e", "#5b6cad")
_BARS_FROM, _BAR_ROOM, _NAME_LENGTH = 240, 340, 34
_HEAT_FROM = 60


def framed(title: str, drawing: str) -> str:
    """Put a drawing and its title into an SVG document."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="system-ui, sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{_GROUND}"/>'
        f"{_text((14, 21), title, weight=600)}{drawing}</svg>"
    )


def lines(columns: Sequence[str], rows: Rows) -> str:
    """Draw a line for each column after the first, which is a day or a number."""
    most = max(float(value) for row in rows for value in row[1:]) or 1
    first, last = _number(rows[0][0]), _number(rows[-1][0])
    across = _INSIDE / ((last - first) or 1)
    parts = [_axes(most, rows[0][0], rows[-1][0]), _legend(columns[1:])]
    for column, color in zip(range(1, len(columns)), _COLORS, strict=False):
        points = " ".join(
            f"{_LEFT + (_number(row[0]) - first) * across:.1f},"
            f"{_LOW - float(row[column]) / most * (_LOW - _TOP):.1f}"
            for row in rows
        )
        look = f'fill="none" stroke="{color}" stroke-width="1.8" stroke-linejoin="round"'
        parts.append(f'<polyline points="{points}" {look}/>')
    return "".join(parts)


def stacks(columns: Sequence[str], rows: Rows) -> str:
    """Draw a stack for each row, of its columns after the first, which names it."""
    most = max(sum(float(value) for value in row[1:]) for row in rows) or 1
    step = _INSIDE / len(rows)
    gap = min(6.0, step * 0.2)
    parts = [_axes(most, rows[0][0], rows[-1][0] if rows[1:] else ""), _legend(columns[1:])]
    for number, row in enumerate(rows):
        y = float(_LOW)
        for color, value in zip(_COLORS, row[1:], strict=False):
            height = float(value) / most * (_LOW - _TOP)
            y -= height
            parts.append(_rect((_LEFT + number * step + gap / 2, y, step - gap, height), color))
    return "".join(parts)


def bars(_: Sequence[str], rows: Rows) -> str:
    """Draw a bar for each row, of its last column; the others name it."""
    most = max(float(row[-1]) for row in rows) or 1
    step = (HEIGHT - _TOP - 8) / max(len(rows), 5)
    parts = []
    for number, row in enumerate(rows):
        y, width = _TOP + number * step, float(row[-1]) / most * _BAR_ROOM
        name = " · ".join(str(part) for part in row[:-1])
        if len(name) > _NAME_LENGTH:
            name = name[: _NAME_LENGTH - 1] + "…"
        parts.append(_text((_BARS_FROM - 8, y + step * 0.68), name, anchor="end"))
        parts.append(_rect((_BARS_FROM, y + 2, width, step - 4), _COLORS[0]))
        after = (_BARS_FROM + width + 6, y + step * 0.68)
        parts.append(_text(after, _short(float(row[-1])), color=_MUTED))
    return "".join(parts)


def heat(_: Sequence[str], rows: Rows) -> str:
    """Draw a cell for each row: its place downwards, its place across, and its value."""
    downs, acrosses = sorted({row[0] for row in rows}), sorted({row[1] for row in rows})
    most = max(float(row[2]) for row in rows) or 1
    width = (WIDTH - _HEAT_FROM - _RIGHT) / len(acrosses)
    height = (_LOW - _TOP) / len(downs)
    parts = [
        _text((_HEAT_FROM - 8, _TOP + (i + 0.5) * height + 4), name, anchor="end", color=_MUTED)
        for i, name in enumerate(downs)
    ]
    parts.append(_text((_HEAT_FROM, HEIGHT - 7), acrosses[0], color=_MUTED))
    parts.append(_text((WIDTH - _RIGHT, HEIGHT - 7), acrosses[-1], anchor="end", color=_MUTED))
    for down, across, value in rows:
        x, y = _HEAT_FROM + acrosses.index(across) * width, _TOP + downs.index(down) * height
        box = (x, y, width * 0.94, height * 0.94)
        parts.append(_rect(box, _COLORS[0], opacity=float(value) / most))
    return "".join(parts)


def _axes(most: float, first: object, last: object) -> str:
    """Draw three heights, and name the first and the last moment."""
    parts = []
    for part in (0.0, 0.5, 1.0):
        y = _LOW - part * (_LOW - _TOP)
        parts.append(_rect((_LEFT, y, _INSIDE, 1), _LINE))
        parts.append(_text((_LEFT - 6, y + 4), _short(part * most), anchor="end", color=_MUTED))
    parts.append(_text((_LEFT, HEIGHT - 7), first, color=_MUTED))
    parts.append(_text((WIDTH - _RIGHT, HEIGHT - 7), last, anchor="end", color=_MUTED))
    return "".join(parts)


def _legend(names: Sequence[str]) -> str:
    """Name the colours, from the right; one alone needs no name."""
    parts, x = [], float(WIDTH - _RIGHT)
    for color, name in reversed(list(zip(_COLORS, names, strict=False)) if names[1:] else []):
        said = name.replace("_", " ")
        parts.append(_text((x, 21), said, anchor="end", color=_MUTED))
        x -= 6.8 * len(said) + 13
        parts.append(_rect((x, 12, 9, 9), color))
        x -= 14
    return "".join(parts)


def _text(
    at: Point, text: object, *, anchor: str = "start", color: str = _INK, weight: int = 400
) -> str:
    look = f'text-anchor="{anchor}" fill="{color}" font-weight="{weight}"'
    return f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" {look}>{for_svg(str(text))}</text>'


def _rect(box: Box, color: str, opacity: float = 1) -> str:
    x, y, width, height = box
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {place} fill="{color}" fill-opacity="{opacity:.2f}"/>'


def _short(value: float) -> str:
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def _number(moment: object) -> int:
    return moment.toordinal() if isinstance(moment, date) else int(str(moment))
