"""The contract that the lint checks against: the one place that knows where it comes from."""

from sparkify_dagster.contract import Column, Reference, Table, tables

__all__ = ["Column", "Reference", "Table", "tables"]
