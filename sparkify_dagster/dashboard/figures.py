"""What the dashboard shows: the results of its queries, and their form in the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sparkify_dagster.dashboard.queries import Query, queries
from sparkify_dagster.warehouse.base import Answer, Transaction

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Figures:
    """The result of each query. Without any event, `last_event` is None and they are empty."""

    last_event: datetime | None
    plays: int
    linked_plays: int
    results: dict[str, Answer]

    @property
    def months(self) -> list[str]:
        """Return the months shown that have events, in order."""
        return [str(row[0]) for row in self.results["monthly_users"].rows]


def read_figures(tx: Transaction) -> Figures:
    """Run all queries in one transaction, so that their results fit together."""
    results = {query.name: tx.ask(query.sql) for query in queries()}
    totals = results["totals"]
    [row] = [dict(zip(totals.columns, row, strict=True)) for row in totals.rows]
    last = row["last_ts"]
    return Figures(
        last_event=None if last is None else _EPOCH + timedelta(milliseconds=int(last)),
        plays=int(row["plays"]),
        linked_plays=int(row["linked_plays"]),
        results=results,
    )


def as_json(figures: Figures) -> dict[str, object]:
    """Return the figures as JSON values: for each query its text, definitions and columns."""
    return {
        "last_event": figures.last_event and f"{figures.last_event:%Y-%m-%dT%H:%M:%SZ}",
        "plays": figures.plays,
        "linked_plays": figures.linked_plays,
        "queries": {query.name: _result(query, figures.results[query.name]) for query in queries()},
    }


def _result(query: Query, answer: Answer) -> dict[str, object]:
    columns = zip(*answer.rows, strict=True) if answer.rows else [()] * len(answer.columns)
    return {
        "description": query.description,
        "sql": query.sql,
        "definitions": query.definitions(answer.columns),
        "columns": {
            name: _column([_value(cell) for cell in cells])
            for name, cells in zip(answer.columns, columns, strict=True)
        },
    }


def _column(values: Sequence[object]) -> dict[str, object]:
    """Return a column; one with text is written as its distinct values and their positions."""
    if not any(isinstance(value, str) for value in values):
        return {"values": values}
    words = {word: number for number, word in enumerate(dict.fromkeys(values))}
    return {"words": list(words), "at": [words[value] for value in values]}


def _value(cell: object) -> object:
    """Return numbers as numbers (engines sum integers into decimals), and days as text."""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    return cell
