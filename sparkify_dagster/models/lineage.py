"""The columns that each column of a table is computed from, found in its SELECT."""

from functools import cache
from typing import TYPE_CHECKING, cast

from sparkify_dagster.models import contract, dialects, files

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope

Origins = set[tuple[str, str]]
Relation = dict[str, Origins]


@cache
def column_lineage(name: str) -> Relation:
    """Return for each column of a table the (table, column) pairs that it is computed from.

    Raises KeyError for a table without a SELECT.
    """
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    [tree] = dialects.parse(files.read(name, "model.sql"))
    qualified = qualify(tree.copy(), schema=_schema(), dialect="redshift", quote_identifiers=False)
    found = _Follower().projections(cast("Scope", build_scope(qualified)))
    return dict(zip(contract.table(name).column_names, found.values(), strict=True))


class _Follower:
    """Follows columns through the scopes of a query; each scope once, since many may read it."""

    def __init__(self) -> None:
        self._known: dict[int, Relation] = {}

    def projections(self, scope: "Scope") -> Relation:
        if id(scope) not in self._known:
            self._known[id(scope)] = self._follow(scope)
        return self._known[id(scope)]

    def _follow(self, scope: "Scope") -> Relation:
        from sqlglot import exp

        if scope.set_operation_scopes:
            left, right = (
                list(self.projections(side).items()) for side in scope.set_operation_scopes
            )
            if isinstance(scope.expression, exp.Except):
                return dict(left)  # the right side only takes rows away
            return {name: a | b for (name, a), (_, b) in zip(left, right, strict=True)}
        select = cast("exp.Select", scope.expression)
        found: Relation = {}
        for number, one in enumerate(select.selects):
            name = one.alias_or_name
            # The columns of a UNION are matched by position, so two of one name are two.
            found[f"{name} {number}" if name in found or not name else name] = self._origins(
                one, scope
            )
        return found

    def _origins(self, expression: "exp.Expr", scope: "Scope") -> Origins:
        from sqlglot import exp
        from sqlglot.optimizer.scope import Scope

        origins: Origins = set()
        for column in expression.find_all(exp.Column):
            source = scope.sources.get(column.table)
            if isinstance(source, Scope):
                origins |= self.projections(source).get(column.name, set())
            elif source is not None:
                origins.add((source.name, column.name))
        return origins


@cache
def _schema() -> dict[str, object]:
    return {
        name: {column.name: column.type for column in table.columns}
        for name, table in contract.tables().items()
    }
