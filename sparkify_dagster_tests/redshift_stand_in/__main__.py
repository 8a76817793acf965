"""Run a stand-in to poke at, with a PostgreSQL and an S3 (moto) of its own.

`python -m sparkify_dagster_tests.redshift_stand_in`, then the psql line that it prints.
"""

import tempfile
import threading
from pathlib import Path

from moto.server import ThreadedMotoServer

from sparkify_dagster.warehouse.embedded_postgres import start_server
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn

_PASSWORD = "sparkify"


def main() -> None:
    """Serve until interrupted."""
    with tempfile.TemporaryDirectory() as folder:
        postgres = start_server(Path(folder))
        s3 = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        s3.start()
        host, port = s3.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        with RedshiftStandIn(
            postgres=postgres.get_uri(), s3_endpoint=endpoint, password=_PASSWORD
        ) as redshift:
            print(
                f"AWS_ENDPOINT_URL={endpoint}\n"
                f"PGPASSWORD={_PASSWORD} psql 'host={redshift.host} port={redshift.port} "
                f"dbname={redshift.database} user={redshift.user} sslmode=verify-full "
                f"sslrootcert={redshift.ca_file}'"
            )
            threading.Event().wait()


if __name__ == "__main__":
    main()
