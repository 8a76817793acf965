"""All tables that loads fill: what each reads, and the order in which they are built."""

from collections.abc import Iterable
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, cast

from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.models import contract, dialects, files, model
from sparkify_dagster.models.model import Model

if TYPE_CHECKING:
    from sqlglot import exp

CONTROL = "control"


@cache
def models() -> dict[str, Model]:
    """Return all tables that loads fill, each after the tables that it reads or refers to."""
    names = [name for name, layer in files.folders().items() if layer != CONTROL]
    graph = {name: {*inputs(name), *references(name)} - {name} for name in names}
    try:
        order = _stable_order(graph)
    except CycleError as error:
        raise SparkifyError(f"tables read one another in a circle: {error.args[1]}") from error
    found = {name: model.read(name) for name in order}
    for one in found.values():
        _refuse_narrow_windows(one, found)
    return found


def get(name: str) -> Model:
    """Return a table by its name; raises KeyError."""
    return models()[name]


def control_tables() -> list[str]:
    """Name the tables in which loads keep their records."""
    return [name for name, layer in files.folders().items() if layer == CONTROL]


@cache
def inputs(name: str) -> tuple[str, ...]:
    """Name the tables that a table's SELECT reads, in order of their names."""
    if not files.has(name, "model.sql"):
        return ()
    return tuple(sorted(tables_in(files.read(name, "model.sql"))))


@cache
def references(name: str) -> tuple[str, ...]:
    """Name the tables that a table refers to by foreign keys."""
    return tuple(dict.fromkeys(r.table for r in contract.table(name).references))


@cache
def full_inputs(name: str) -> frozenset[str]:
    """Name the tables built in full that a table is made of, directly or by others of them."""
    own = {table for table in inputs(name) if not model.read(table).windowed}
    return frozenset(own.union(*(full_inputs(table) for table in own)))


def referring(name: str) -> list[str]:
    """Name the tables that refer to a table by foreign keys."""
    return [one for one in models() if name in references(one)]


@cache
def needed_by_windows(name: str) -> bool:
    """Return whether a table that is built by windows reads a table or refers to it."""
    return any(
        m.windowed and name in {*inputs(m.name), *references(m.name)} for m in models().values()
    )


def tables_in(sql: str) -> set[str]:
    """Name the tables of the warehouse that a query reads."""
    return {table.name for table in table_nodes(sql)}


def table_nodes(sql: str) -> "list[exp.Table]":
    """Return the places at which a query names a table of the warehouse, in order of text."""
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    [tree] = dialects.parse(sql)
    known = files.folders()
    found = {
        cast("int", source.this.meta["start"]): source
        for scope in traverse_scope(tree)
        for source in scope.sources.values()
        if isinstance(source, exp.Table) and source.name in known
    }
    return [found[start] for start in sorted(found)]


@cache
def columns_read(name: str, table: str) -> frozenset[str]:
    """Name the columns of a table that a SELECT reads, in whatever place."""
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    [tree] = dialects.parse(files.read(name, "model.sql"))
    known = set(contract.table(table).column_names)
    found: set[str] = set()
    for scope in traverse_scope(tree):
        sources = {alias for alias, one in scope.sources.items() if _is_table(one, table)}
        if sources:
            columns = (c for c in scope.columns if isinstance(c, exp.Column))
            found |= {c.name for c in columns if c.table in sources or not c.table}
    return frozenset(found & known)


def _is_table(source: object, table: str) -> bool:
    from sqlglot import exp

    return isinstance(source, exp.Table) and source.name == table


@cache
def linked_columns(name: str) -> frozenset[str]:
    """Name the columns of a table that late rows of its lookup change."""
    from sparkify_dagster.models import lineage

    late = get(name).late
    if late is None:
        return frozenset()
    found = lineage.column_lineage(name)
    return frozenset(
        column
        for column, origins in found.items()
        if any(table == late.lookup for table, _ in origins)
    )


@cache
def origins(name: str) -> frozenset[str]:
    """Name the tables whose changes of single days concern a table that is built by windows.

    These are the staging table that it is made of, and tables with late rows if it reads columns
    that these change.
    """
    one = get(name)
    if one.select is None or not one.windowed:
        return frozenset({name})
    found: set[str] = {name} if one.late else set()
    for table in inputs(name):
        if not get(table).windowed:
            continue
        own = {table} if get(table).late else set()
        if own and not _reads(name, linked_columns(table)):
            found |= origins(table) - own
        else:
            found |= origins(table)
    return frozenset(found)


def _reads(name: str, columns: Iterable[str]) -> bool:
    """Return whether a SELECT names one of a table's columns (or one of the same name)."""
    from sqlglot import exp

    [tree] = dialects.parse(files.read(name, "model.sql"))
    named = {column.name for column in tree.find_all(exp.Column)}
    all_columns = any(select.is_star for select in tree.find_all(exp.Select))
    return all_columns or bool(named.intersection(columns))


def _stable_order(graph: dict[str, set[str]]) -> list[str]:
    """Sort topologically; of two tables that may come next, that of the earlier layer does."""
    sorter, order = TopologicalSorter(graph), list[str]()
    place = {name: number for number, name in enumerate(files.folders())}
    sorter.prepare()
    ready = list(sorter.get_ready())
    while ready:
        ready.sort(key=place.__getitem__)
        name = ready.pop(0)
        order.append(name)
        sorter.done(name)
        ready += sorter.get_ready()
    return order


def _refuse_narrow_windows(one: Model, found: dict[str, Model]) -> None:
    """Raise SparkifyError for a table built by day that reads one built by month."""
    for name in inputs(one.name):
        if one.grain == "day" and found[name].grain == "month":
            raise SparkifyError(
                f"{files.path(one.name, 'model.sql')}: a table that is built by day cannot read "
                f"{name}, which is built by month: build it by month as well"
            )
