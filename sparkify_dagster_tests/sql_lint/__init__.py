"""A lint over SQL for what the local engines accept and Redshift refuses or reads differently.

`findings(text, tables)` returns what is wrong with a statement anywhere; with `check=True` also
what is wrong with a check, or with what the publisher sends to find bad rows. Each rule is a
function whose docstring states its source.
"""

from collections.abc import Mapping

import sqlglot

from sparkify_dagster_tests.sql_lint import definitions, keys, queries
from sparkify_dagster_tests.sql_lint.contract import Table
from sparkify_dagster_tests.sql_lint.statement import Statement

EVERYWHERE = (*queries.RULES, *definitions.RULES)
IN_CHECKS = keys.RULES


def findings(text: str, tables: Mapping[str, Table], *, check: bool = False) -> list[str]:
    """Return what is wrong with a script, each as "rule: what"."""
    rules = (*EVERYWHERE, *IN_CHECKS) if check else EVERYWHERE
    trees = [tree for tree in sqlglot.parse(text, read="redshift") if tree is not None]
    return [
        f"{rule.__name__}: {found}"
        for tree in trees
        for rule in rules
        for found in rule(Statement(tree, text, tables))
    ]
