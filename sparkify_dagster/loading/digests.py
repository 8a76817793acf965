"""Digests of the rules by which tables are filled and checked: what differs is built again."""

from functools import cache

from sparkify_dagster.lake import datasets
from sparkify_dagster.models import catalogue, files
from sparkify_dagster.models.dialects import digest, sql_digest

_READING = "1"  # changes with the rules by which records are read: staging is then read again


@cache
def staging_rules(table: str) -> str:
    """Return the digest of the rules by which source files are read into a staging table."""
    fields = repr([(f.key, f.column, f.kind, f.sql_type, f.required) for f in _dataset(table)])
    return digest(_READING, fields)


@cache
def table_digest(name: str) -> str:
    """Return the digest of a table's contract, header and SELECT, and of all tables it reads."""
    model = catalogue.get(name)
    if model.select is None:
        return digest(model.table.digest, staging_rules(name))
    own = [
        model.table.digest,
        repr((model.grain, model.column, model.late)),
        sql_digest(files.read(name, "model.sql")),
    ]
    return digest(*own, *(table_digest(table) for table in catalogue.inputs(name)))


@cache
def checks_digest(name: str) -> str:
    """Return the digest of a table's checks."""
    table = catalogue.get(name).table
    keys = repr((table.primary_key, table.references, table.required_columns))
    return digest(keys, *(f"{r.name} {sql_digest(r.sql)}" for r in catalogue.get(name).rules))


def _dataset(table: str) -> tuple[datasets.Field, ...]:
    return datasets.of_table(table).fields
