"""A Redshift stand-in and its cloud, as in the tests of the Redshift warehouse."""

from sparkify_dagster_tests.warehouse_redshift.conftest import cloud, redshift, settings

__all__ = ["cloud", "redshift", "settings"]
