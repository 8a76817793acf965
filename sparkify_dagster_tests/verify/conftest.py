"""The fixtures of a Redshift stand-in, for the tests that compare all three engines."""

from sparkify_dagster_tests.loading.conftest import _simulated, source
from sparkify_dagster_tests.warehouse_redshift.conftest import cloud, redshift, settings

__all__ = ["_simulated", "cloud", "redshift", "settings", "source"]
