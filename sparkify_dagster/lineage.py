"""Which columns a table's columns come from, read out of the SQL that fills it."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, cast

from sparkify_dagster import contract, sql_files
from sparkify_dagster.loading.builds import DERIVED

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope

Origins = set[tuple[str, str]]
Relation = dict[str, Origins]


@cache
def column_lineage(table: str) -> Relation:
    """Give for each column of a derived table the (table, column) pairs that it comes from.

    Temporary and helper tables on the way are seen through.
    """
    from sqlglot import exp

    script = _Script()
    for tree in sql_files.parse(sql_files.read(DERIVED[table].file)):
        if isinstance(tree, exp.Create) and tree.kind == "TABLE" and tree.expression:
            script.add(tree.this.name, script.projections(tree.expression))
        elif isinstance(tree, exp.Insert):
            script.insert(tree)
        elif isinstance(tree, exp.Merge):
            script.merge(tree)
    return script.relations.get(table, {})


class _Script:
    """Follows a script statement by statement, noting what each table holds."""

    def __init__(self) -> None:
        self.relations: dict[str, Relation] = {}
        self._scopes: dict[int, Relation] = {}

    def add(self, table: str, relation: Relation) -> None:
        known = self.relations.setdefault(table, {})
        for column, origins in relation.items():
            known.setdefault(column, set()).update(origins)

    def insert(self, tree: "exp.Insert") -> None:
        columns = [column.name for column in tree.this.expressions]
        found = list(self.projections(tree.expression).values())
        self.add(tree.this.this.name, dict(zip(columns, found, strict=True)))

    def merge(self, tree: "exp.Merge") -> None:
        from sqlglot import exp

        source = self.relations[tree.args["using"].name]
        for insert in tree.find_all(exp.Insert):
            columns = [column.name for column in insert.this.expressions]
            values = [value.name for value in insert.expression.expressions]
            found = (source[value] for value in values)
            self.add(tree.this.name, dict(zip(columns, found, strict=True)))

    def projections(self, query: "exp.Expr") -> Relation:
        from sqlglot.optimizer.qualify import qualify
        from sqlglot.optimizer.scope import build_scope

        made = {name: dict.fromkeys(relation, "TEXT") for name, relation in self._made()}
        schema: dict[str, object] = {**_contract_schema(), **made}
        qualified = qualify(
            query.copy(), schema=schema, dialect="redshift", quote_identifiers=False
        )
        self._scopes.clear()
        return self._scope_projections(cast("Scope", build_scope(qualified)))

    def _made(self) -> Iterator[tuple[str, Relation]]:
        known = contract.tables()
        return ((name, made) for name, made in self.relations.items() if name not in known)

    def _scope_projections(self, scope: "Scope") -> Relation:
        """Follow a scope's columns, once: others may read it many times."""
        if id(scope) not in self._scopes:
            self._scopes[id(scope)] = self._follow(scope)
        return self._scopes[id(scope)]

    def _follow(self, scope: "Scope") -> Relation:
        from sqlglot import exp

        if scope.set_operation_scopes:
            left, right = (
                list(self._scope_projections(side).items()) for side in scope.set_operation_scopes
            )
            if isinstance(scope.expression, exp.Except):
                return dict(left)  # the other side only takes rows away
            return {name: a | b for (name, a), (_, b) in zip(left, right, strict=True)}
        select = cast("exp.Select", scope.expression)
        found: Relation = {}
        for number, projection in enumerate(select.selects):
            name = projection.alias_or_name
            # An INSERT takes its values by place, so two of one name are two.
            key = f"{name} {number}" if name in found or not name else name
            found[key] = self._origins(projection, scope)
        return found

    def _origins(self, expression: "exp.Expr", scope: "Scope") -> Origins:
        from sqlglot import exp
        from sqlglot.optimizer.scope import Scope

        origins: Origins = set()
        for column in expression.find_all(exp.Column):
            source = scope.sources.get(column.table)
            if isinstance(source, Scope):
                origins |= self._scope_projections(source).get(column.name, set())
            elif source is not None:
                through = self.relations.get(source.name, {})
                origins |= through.get(column.name, {(source.name, column.name)})
        return origins


@cache
def _contract_schema() -> dict[str, dict[str, str]]:
    return {
        name: {column.name: column.type for column in table.columns}
        for name, table in contract.tables().items()
    }
