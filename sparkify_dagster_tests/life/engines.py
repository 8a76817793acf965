"""The engines that the company's warehouse may be: an environment for `sparkify load` each."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import uuid4

from sparkify_dagster.warehouse.embedded_postgres import start_server
from sparkify_dagster_tests.life.places import Bucket, Folder, Place

LIVED, CLEAN = "lived", "clean"
_BUCKET = "sparkify-life"
_PASSWORD = "life"  # of servers that live as long as the test


@dataclass(frozen=True)
class Engine:
    """Where the files lie, and what the environment says to load them into the warehouse `name`."""

    place: Place
    environment: Callable[[str], Mapping[str, str]]


@contextmanager
def duckdb(folder: Path) -> Iterator[Engine]:
    """Give a folder, and DuckDB files."""
    yield Engine(
        Folder(folder / "source"),
        lambda name: {"SPARKIFY_WAREHOUSE": f"duckdb:///{folder}/{name}.duckdb"},
    )


@contextmanager
def postgres(folder: Path) -> Iterator[Engine]:
    """Give a folder, and databases of a PostgreSQL."""
    with _postgres(folder) as server:
        for name in (LIVED, CLEAN):
            server.psql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8';")
        yield Engine(
            Folder(folder / "source"),
            lambda name: {"SPARKIFY_WAREHOUSE": server.get_uri(name)},
        )


@contextmanager
def redshift(folder: Path) -> Iterator[Engine]:
    """Give a bucket in moto's S3, and stand-ins for Redshift."""
    from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn

    with ExitStack() as stack:
        server = stack.enter_context(_postgres(folder))
        url = stack.enter_context(moto())
        place, role = Bucket(_BUCKET, "source"), _make_role()
        clusters = {
            name: stack.enter_context(
                RedshiftStandIn(postgres=server.get_uri(), s3_endpoint=url, password=_PASSWORD)
            )
            for name in (LIVED, CLEAN)
        }
        yield Engine(
            place,
            lambda name: {
                "SPARKIFY_WAREHOUSE": "redshift://",
                "SPARKIFY_CONTROL": f"s3://{_BUCKET}/control-{name}",
                "SPARKIFY_REDSHIFT_AUTH": "password",
                "SPARKIFY_REDSHIFT_PASSWORD": _PASSWORD,
                "SPARKIFY_REDSHIFT_HOST": clusters[name].host,
                "SPARKIFY_REDSHIFT_PORT": str(clusters[name].port),
                "SPARKIFY_REDSHIFT_CA_FILE": clusters[name].ca_file,
                "SPARKIFY_REDSHIFT_IAM_ROLE_ARN": role,
            },
        )


@contextmanager
def moto() -> Iterator[str]:
    """Run moto's server and let this process, and those it starts, take it for AWS."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    aws = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "life",
        "AWS_SECRET_ACCESS_KEY": _PASSWORD,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with mock.patch.dict(os.environ, aws):
        yield aws["AWS_ENDPOINT_URL"]
    server.stop()


@contextmanager
def _postgres(folder: Path) -> Iterator[Any]:
    server = start_server(folder / "postgres")
    yield server
    server._cleanup()


def _make_role() -> str:
    import boto3

    principal = {"Service": "redshift.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    # Moto's state is that of the process: another test's server may have known a role before.
    name = f"copier-{uuid4().hex[:8]}"
    made = boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy)
    return str(made["Role"]["Arn"])


ENGINES: dict[str, Callable[[Path], AbstractContextManager[Engine]]] = {
    "duckdb": duckdb,
    "postgres": postgres,
    "redshift": redshift,
}
