"""Rules for checks: what a declared key lets Redshift's planner skip finds nothing.

Source of all: t_Defining_constraints. The planner "assumes that all keys in Amazon Redshift tables
are valid as loaded", so a SELECT DISTINCT may return a key twice, and redundant joins are removed.
"""

from collections.abc import Iterable, Iterator

from sqlglot import exp

from sparkify_dagster_tests.sql_lint.contract import Table
from sparkify_dagster_tests.sql_lint.statement import Statement


def distinct_over_a_key(statement: Statement) -> Iterator[str]:
    """DISTINCT over a declared primary key may be skipped (t_Defining_constraints)."""
    for select in statement.selects:
        distinct = select.args.get("distinct")
        if distinct:
            yield from _keys_among(statement, select, select.expressions)
        for count in select.find_all(exp.Count):
            if isinstance(count.this, exp.Distinct) and count.parent_select is select:
                yield from _keys_among(statement, select, count.this.expressions)


def group_by_over_a_key(statement: Statement) -> Iterator[str]:
    """GROUP BY over a declared primary key may be skipped (t_Defining_constraints)."""
    for select in statement.selects:
        group = select.args.get("group")
        if group:
            yield from _keys_among(statement, select, group.expressions)


def join_over_a_key(statement: Statement) -> Iterator[str]:
    """A join along a declared reference, or an outer join to a declared key, may be removed.

    Source: t_Defining_constraints ("remove redundant joins").
    """
    for select in statement.selects:
        for join in select.args.get("joins") or []:
            pairs = list(_equal_columns(statement, select, join))
            for (left, a), (right, b) in [*pairs, *((y, x) for x, y in pairs)]:
                for reference in left.references:
                    if (reference.column, reference.table, reference.target) == (a, right.name, b):
                        yield f"{left.name}.{a} = {right.name}.{b} is a declared reference"
            joined = statement.sources(select).get(join.this.alias_or_name)
            if joined is not None and join.side == "LEFT" and joined.primary_key:
                equal = {name for pair in pairs for table, name in pair if table is joined}
                if set(joined.primary_key) <= equal:
                    yield f"LEFT JOIN to the declared key of {joined.name}"


RULES = (distinct_over_a_key, group_by_over_a_key, join_over_a_key)


def _keys_among(
    statement: Statement, select: exp.Select, expressions: Iterable[exp.Expr]
) -> Iterator[str]:
    """Name the tables whose whole key is among plain columns, read from nothing else."""
    columns = [e.unalias() for e in expressions]
    found = [statement.column(c, select) for c in columns if isinstance(c, exp.Column)]
    for table in statement.sources(select).values():
        if table is not None and table.primary_key:
            named = {hit[1].name for hit in found if hit is not None and hit[0] is table}
            if set(table.primary_key) <= named:
                yield f"the declared key of {table.name} ({', '.join(table.primary_key)})"


def _equal_columns(
    statement: Statement, select: exp.Select, join: exp.Join
) -> Iterator[tuple[tuple[Table, str], tuple[Table, str]]]:
    condition = join.args.get("on")
    for equality in condition.find_all(exp.EQ) if condition else ():
        if isinstance(equality.left, exp.Column) and isinstance(equality.right, exp.Column):
            left = statement.column(equality.left, select)
            right = statement.column(equality.right, select)
            if left and right:
                yield (left[0], left[1].name), (right[0], right[1].name)
