"""A planner that believes declared keys, whether they hold or not, for stand-ins that are set so.

Amazon says that the planner assumes valid keys, and that SELECT DISTINCT may then return a key
twice; how far it goes is not documented. This one goes as far as it may.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

from sparkify_dagster_tests.redshift_stand_in.rules import documented

RULES = (
    documented(
        "With `trusts_keys`, DISTINCT and GROUP BY over a declared key do nothing, and LEFT JOIN "
        "along a declared reference always finds a row.",
        "t_Defining_constraints",
    ),
)
_SINGLE = (exp.Max, exp.Min, exp.Sum)


@dataclass
class Planner:
    """The declared keys of tables, and what they let it leave out."""

    _keys: dict[str, set[str]] = field(default_factory=dict)
    _references: set[tuple[str, str, str, str]] = field(default_factory=set)

    def learn(self, sql: str) -> None:
        """Remember the keys of a CREATE TABLE in Redshift's SQL; a temporary table has a name too.

        The references are (table, column, target, target's column).
        """
        created = sqlglot.parse_one(sql, dialect="redshift")
        name = created.find(exp.Table)
        assert name is not None
        self._keys[name.name] = {c.name for c in _primary_key(created)}
        for column in created.find_all(exp.ColumnDef):
            for reference in column.find_all(exp.Reference):
                target = reference.this
                [referred] = target.expressions
                self._references.add((name.name, column.name, target.this.name, referred.name))

    def plan(self, sql: str) -> str:
        """Return a query of PostgreSQL's without what a valid key makes redundant."""
        tree = sqlglot.parse_one(sql, dialect="postgres")
        for select in list(tree.find_all(exp.Select)):
            self._without_distinct(select)
            self._without_group(select)
            self._without_missing(select)
        return tree.sql("postgres")

    def _without_distinct(self, select: exp.Select) -> None:
        key = self._only_key(select)
        if key and select.args.get("distinct") and key <= _columns(select.expressions):
            select.set("distinct", None)
        for count in list(select.find_all(exp.Count)):
            distinct = count.this
            if key and isinstance(distinct, exp.Distinct) and key <= _columns(distinct.expressions):
                count.set("this", distinct.expressions[0])

    def _without_group(self, select: exp.Select) -> None:
        key, group = self._only_key(select), select.args.get("group")
        if not key or not group or not key <= _columns(group.expressions):
            return
        having = select.args.get("having")
        select.set("group", None)
        select.set("having", None)
        if having:
            select.where(having.this, copy=False)
        for aggregate in list(select.find_all(exp.Count, *_SINGLE)):
            one = exp.Literal.number(1) if isinstance(aggregate, exp.Count) else aggregate.this
            aggregate.replace(one.copy())

    def _without_missing(self, select: exp.Select) -> None:
        """Where a row is referred to, it is there: it is missing only if the reference is NULL."""
        names = _sources(select)
        for join in select.args.get("joins") or []:
            condition = join.args.get("on")
            for equality in condition.find_all(exp.EQ) if join.side == "LEFT" and condition else ():
                for a, b in ((equality.left, equality.right), (equality.right, equality.left)):
                    if self._refers(names, a, b):
                        for absent in list(select.find_all(exp.Is)):
                            if absent.this == b:
                                absent.set("this", a.copy())

    def _refers(self, names: dict[str, str], a: exp.Expr, b: exp.Expr) -> bool:
        if not isinstance(a, exp.Column) or not isinstance(b, exp.Column):
            return False
        place = (names.get(a.table, ""), a.name, names.get(b.table, ""), b.name)
        return place in self._references

    def _only_key(self, select: exp.Select) -> set[str]:
        """Return the key of the table that a SELECT reads, if it reads one table and no more."""
        names = [*_sources(select).values()]
        return self._keys.get(names[0], set()) if len(names) == 1 else set()


def _primary_key(created: exp.Expr) -> Iterator[exp.Expr]:
    for declared in created.find_all(exp.PrimaryKey):
        yield from declared.expressions
    for column in created.find_all(exp.ColumnDef):
        if column.find(exp.PrimaryKeyColumnConstraint):
            yield column


def _sources(select: exp.Select) -> dict[str, str]:
    """Return the tables that a SELECT reads, by alias; the name is empty for a subquery."""
    clause = select.args.get("from_") or select.args.get("from")
    found = [part.this for part in [clause, *(select.args.get("joins") or [])] if part]
    return {one.alias_or_name: one.name if isinstance(one, exp.Table) else "" for one in found}


def _columns(expressions: list[exp.Expr]) -> set[str]:
    plain = [expression.unalias() for expression in expressions]
    return {column.name for column in plain if isinstance(column, exp.Column)}
