"""Rules for every query."""

from collections.abc import Iterator
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from sparkify_dagster_tests.sql_lint.statement import Statement

_LEADER = {
    "age", "current_schema", "current_schemas", "current_time", "current_timestamp", "getbit",
    "get_byte", "has_database_privilege", "has_schema_privilege", "has_table_privilege", "isfinite",
    "localtime", "localtimestamp", "now", "set_bit", "set_byte", "to_ascii",
}  # fmt: skip
_BARE = {"current_time", "current_timestamp", "localtime", "localtimestamp"}


def correlated_subquery(statement: Statement) -> Iterator[str]:
    """Redshift refuses several patterns of correlated subqueries (r_correlated_subqueries)."""
    for scope in traverse_scope(statement.tree):
        # A name without a table is taken for one of the subquery's own.
        outer = {column.sql() for column in scope.external_columns if column.table}
        if scope.is_subquery and outer:
            yield ", ".join(sorted(outer))


def subquery_without_alias(statement: Statement) -> Iterator[str]:
    """A table derived from a subquery wants an alias (r_FROM_clause30)."""
    for query in statement.tree.find_all(exp.Subquery):
        if isinstance(query.parent, exp.From | exp.Join) and not query.alias:
            yield query.sql(dialect="redshift")[:60]


def lag_with_a_default(statement: Statement) -> Iterator[str]:
    """LAG and LEAD take a value and an offset, and no default (r_WF_LAG, r_WF_LEAD)."""
    for call in statement.tree.find_all(exp.Lag, exp.Lead):
        if call.args.get("default") is not None:
            yield call.sql(dialect="redshift")


def is_true_in_select_list(statement: Statement) -> Iterator[str]:
    """IS TRUE and IS FALSE stand in WHERE only, not in a SELECT list (r_Boolean_type)."""
    for select in statement.selects:
        for item in select.expressions:
            for test in item.find_all(exp.Is):
                if isinstance(test.expression, exp.Boolean) and test.parent_select is select:
                    yield test.sql(dialect="redshift")


def boolean_to_varchar(statement: Statement) -> Iterator[str]:
    """A BOOLEAN is not cast to VARCHAR (r_Boolean_type; c_Supported_data_types)."""
    for cast in statement.tree.find_all(exp.Cast):
        value = cast.this.unnest()
        boolean = isinstance(value, exp.Boolean | exp.Predicate | exp.Connector | exp.Not)
        select = cast.parent_select
        if isinstance(value, exp.Column) and isinstance(select, exp.Select):
            known = statement.column(value, select)
            boolean = known is not None and known[1].type.upper().startswith("BOOL")
        if boolean and cast.to.is_type(*exp.DataType.TEXT_TYPES):
            yield cast.sql(dialect="redshift")


def leader_function_with_a_table(statement: Statement) -> Iterator[str]:
    """What runs on the leader node alone fails with a table (c_SQL_functions_leader_node_only)."""
    names = {table.name.lower() for table in statement.tree.find_all(exp.Table)}
    if all(name.startswith("pg_") for name in names):  # the leader node's own tables
        return
    tokens = sqlglot.tokenize(f"{statement.text}\n;", read="redshift")
    for token, following in pairwise(tokens):
        name = token.text.lower()
        called = following.text == "(" or name in _BARE
        if name in _LEADER and called and token.token_type != sqlglot.TokenType.STRING:
            yield name


RULES = (
    correlated_subquery,
    subquery_without_alias,
    lag_with_a_default,
    is_true_in_select_list,
    boolean_to_varchar,
    leader_function_with_a_table,
)
