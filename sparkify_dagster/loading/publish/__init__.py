"""Publishing: the one way in which every table is built (write, audit, publish).

New rows go into the temporary table `new_rows`, which has no keys, are checked there, and replace
the published rows of their days, month or table in the same transaction. If a check fails, the
published rows of that month (or table) stay as they are, and other months are published. No reader
ever sees a row that failed.
"""

from sparkify_dagster.loading.publish.full import build_full
from sparkify_dagster.loading.publish.months import build_months
from sparkify_dagster.loading.publish.publication import Built, Publication
from sparkify_dagster.loading.publish.recheck import recheck

__all__ = ["Built", "Publication", "build_full", "build_months", "recheck"]
