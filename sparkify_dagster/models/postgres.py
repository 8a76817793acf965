"""PostgreSQL's form of Redshift's CREATE TABLE, beyond what sqlglot translates."""

from collections.abc import Iterator

from sqlglot import exp


def statements_of(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Give what stands for one of Redshift's statements; the tree may be changed."""
    if isinstance(tree, exp.Create) and isinstance(tree.this, exp.Schema):
        index = _index_of_sort_key(tree)
        _order_by_bytes(tree)
        yield tree
        if index:
            yield index
    else:
        yield tree


def _order_by_bytes(create: exp.Create) -> None:
    """Have text compared by its bytes, whatever the database's collation."""
    collation = exp.CollateColumnConstraint(this=exp.to_identifier("C", quoted=True))
    for column in create.this.find_all(exp.ColumnDef):
        if column.args["kind"].is_type(*exp.DataType.TEXT_TYPES):
            column.append("constraints", exp.ColumnConstraint(kind=collation.copy()))


def _index_of_sort_key(create: exp.Create) -> exp.Create | None:
    """Return a BRIN index for the sort key: without it, a day is found by reading all days."""
    key = create.find(exp.SortKeyProperty)
    if key is None:
        return None
    columns = [exp.Ordered(this=exp.column(name.copy()), nulls_first=False) for name in key.this]
    params = exp.IndexParameters(using=exp.var("BRIN"), columns=columns)
    index = exp.Index(table=create.this.this.copy(), params=params)
    return exp.Create(this=index, kind="INDEX")
