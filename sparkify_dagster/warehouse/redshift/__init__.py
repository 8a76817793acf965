"""Amazon Redshift: psycopg2 for SQL, COPY for data.

warehouse    sessions and transactions, tried again where an error passes
connection   endpoint, TLS, login
transient    errors after which a transaction is tried again, and messages of the others
reading      one query, by a login that may only read
transaction  statements, and rows that this code makes
copy_setup   role, Region and JSONPaths of every COPY
control      the objects that COPY is given to read
copying      one COPY: its counts, its errors, its progress
load_errors  the system views that say what COPY rejected
events       log files into staging_events
bundles      files that this project reads itself: songs, and logs if so set
cost         what a load costs, for --dry-run
probe        tests what all this assumes of Redshift: probe_statements, probe_copies on probe_bench
"""

from sparkify_dagster.warehouse.redshift.warehouse import RedshiftWarehouse

__all__ = ["RedshiftWarehouse"]
