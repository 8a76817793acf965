"""What sqlglot does not know of putting Redshift's SQL into PostgreSQL's, on syntax trees."""

from collections.abc import Iterator

from sqlglot import exp


def statements_of(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Give what stands for one of Redshift's statements; the tree may be changed."""
    if isinstance(tree, exp.Merge):
        yield _update(tree)
        yield _insert(tree)
    elif isinstance(tree, exp.Create) and isinstance(tree.this, exp.Schema):
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
    """Give an index for the sort key: without it, a month costs a look at all months."""
    key = create.find(exp.SortKeyProperty)
    if key is None:
        return None
    columns = [exp.Ordered(this=exp.column(name.copy()), nulls_first=False) for name in key.this]
    index = exp.Index(table=create.this.this.copy(), params=exp.IndexParameters(columns=columns))
    return exp.Create(this=index, kind="INDEX")


# MERGE came with PostgreSQL 15. In Redshift's form of it, each row is either updated or inserted,
# so that one statement after the other does the same.
def _update(merge: exp.Merge) -> exp.Update:
    [matched] = [when for when in merge.args["whens"].expressions if when.args["matched"]]
    return exp.Update(
        this=merge.this.copy(),
        expressions=[e.copy() for e in matched.args["then"].expressions],
        from_=exp.From(this=merge.args["using"].copy()),
        where=exp.Where(this=merge.args["on"].copy()),
    )


def _insert(merge: exp.Merge) -> exp.Insert:
    [missing] = [when for when in merge.args["whens"].expressions if not when.args["matched"]]
    columns, values = missing.args["then"].this, missing.args["then"].expression
    there = exp.select("1").from_(merge.this.copy()).where(merge.args["on"].copy())
    rows = exp.select(*(value.copy() for value in values.expressions))
    rows = rows.from_(merge.args["using"].copy()).where(exp.not_(exp.Exists(this=there)))
    names = [exp.to_identifier(column.name) for column in columns.expressions]
    return exp.Insert(this=exp.Schema(this=merge.this.copy(), expressions=names), expression=rows)
