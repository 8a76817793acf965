"""A statement as the rules look at it: its tree, and the tables that its names mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from sparkify_dagster_tests.sql_lint.contract import Column, Table


@dataclass(frozen=True)
class Statement:
    """One statement, the script it stands in, and the contract."""

    tree: exp.Expr
    text: str
    tables: Mapping[str, Table]

    @property
    def selects(self) -> Iterator[exp.Select]:
        """Every SELECT within, subqueries and WITH queries too."""
        yield from self.tree.find_all(exp.Select)

    def sources(self, select: exp.Select) -> dict[str, Table | None]:
        """Return what a SELECT reads, by alias: a table of the contract, or None for the rest."""
        own = {query.alias for query in self.tree.find_all(exp.CTE)}
        found: dict[str, Table | None] = {}
        clause = select.args.get("from_") or select.args.get("from")
        joins = select.args.get("joins") or []
        for source in [clause, *joins]:
            if source is not None:
                item = source.this
                plain = isinstance(item, exp.Table) and item.name not in own
                found[item.alias_or_name] = self.tables.get(item.name) if plain else None
        return found

    def column(self, column: exp.Column, select: exp.Select) -> tuple[Table, Column] | None:
        """Return the table and column of the contract that a name in a SELECT means."""
        sources = self.sources(select)
        named = [sources.get(column.table)] if column.table else list(sources.values())
        for table in named:
            if table is None:
                continue
            for known in table.columns:
                if known.name == column.name:
                    return table, known
        return None
