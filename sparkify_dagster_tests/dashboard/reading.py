"""Reading a dashboard: its figures from the file, its charts from the browser."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparkify_dagster.warehouse import Warehouse

if TYPE_CHECKING:
    from playwright.sync_api import Page

Opener = Callable[..., "Page"]
Rows = list[list[Any]]


def figures_of(path: Path) -> Any:
    """Read the figures out of a page, as a browser does."""
    text = path.read_text("utf-8")
    found = re.search(
        r'<script id="figures" type="application/json">(.*?)</script>', text, re.DOTALL
    )
    assert found
    return json.loads(found[1])


def rows_in(query: Any) -> Rows:
    """Return the rows of a query's result in the figures."""
    columns = [
        column.get("values") or [column["words"][at] for at in column.get("at", [])]
        for column in query["columns"].values()
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def chart_rows(page: "Page", chart: str) -> Rows:
    """Return the values of a chart that its CSV has, unrounded."""
    rows: Rows = page.evaluate(
        """(id) => {
            const chart = CHARTS.find((one) => one.id === id);
            const columns = chart.columns.filter(({kind}) => kind === "number" || kind === "text");
            return chart.rows().map((row) => columns.map(({key}) => row[key]));
        }""",
        chart,
    )
    return rows


def table_beneath(page: "Page", chart: str) -> list[list[str]]:
    """Open the table of a chart, or take that of a list, and read its texts."""
    details = f"#{chart} details.table"
    if page.query_selector(details) and not page.evaluate(
        f"document.querySelector('{details}').open"
    ):
        page.click(f"{details} summary")
    cells = "(row) => [...row.cells].filter((c) => !c.ariaHidden).map((c) => c.textContent)"
    rows: list[list[str]] = page.evaluate(
        f"[...document.querySelectorAll('#{chart} tbody tr')].map({cells})"
    )
    return rows


def value(warehouse: Warehouse, query: str) -> Any:
    """Return the value of a query of one row and one column, with sums as numbers."""
    return plain(warehouse.transact(lambda tx: tx.value(query)))


def rows_of(warehouse: Warehouse, query: str) -> Rows:
    """Return the rows of a query, with sums as numbers and days as text."""
    rows = warehouse.transact(lambda tx: tx.query(query))
    return [[plain(cell) for cell in row] for row in rows]


def plain(cell: Any) -> Any:
    """Return a cell as JSON has it."""
    if hasattr(cell, "isoformat"):
        return cell.isoformat()
    if hasattr(cell, "to_integral_value"):
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    return cell
