"""Digests of the rules by which tables are filled and checked: what differs is built again."""

from functools import cache

from sparkify_dagster.lake import datasets
from sparkify_dagster.lake.rules import rules_digest
from sparkify_dagster.models import catalogue, files
from sparkify_dagster.models.dialects import digest, sql_digest


@cache
def staging_rules(table: str) -> str:
    """Return the digest of the rules by which source files are read into a staging table."""
    return rules_digest(datasets.of_table(table))


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
