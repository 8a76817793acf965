"""Run a stand-in to poke at, with a PostgreSQL and an S3 (moto) of its own.

`python -m sparkify_dagster_tests.redshift_stand_in`, then the psql line that it prints.
"""

import threading

from sparkify_dagster_tests.engines import running_server
from sparkify_dagster_tests.moto_server import running_moto
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn

_PASSWORD = "sparkify"


def main() -> None:
    """Serve until interrupted."""
    with (
        running_server() as postgres,
        running_moto() as endpoint,
        RedshiftStandIn(
            postgres=postgres.url("postgres"), s3_endpoint=endpoint, password=_PASSWORD
        ) as redshift,
    ):
        print(
            f"AWS_ENDPOINT_URL={endpoint}\n"
            f"PGPASSWORD={_PASSWORD} psql 'host={redshift.host} port={redshift.port} "
            f"dbname={redshift.database} user={redshift.user} sslmode=verify-full "
            f"sslrootcert={redshift.ca_file}'"
        )
        threading.Event().wait()


if __name__ == "__main__":
    main()
