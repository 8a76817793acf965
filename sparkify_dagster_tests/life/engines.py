"""The engines that the company's warehouse may be: an environment for `sparkify load` each."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock
from uuid import uuid4

from sparkify_dagster_tests.engines import running_server
from sparkify_dagster_tests.life.places import Bucket, Folder, Place
from sparkify_dagster_tests.moto_server import running_moto

if TYPE_CHECKING:
    from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn

LIVED, CLEAN = "lived", "clean"
_BUCKET = "sparkify-life"
_PASSWORD = "life"  # of servers that live as long as the test


@dataclass(frozen=True)
class Engine:
    """Where the files lie, and what the environment says to load them into the warehouse `name`.

    `servers` are the stand-ins by name, if Redshift is meant.
    """

    place: Place
    environment: Callable[[str], Mapping[str, str]]
    servers: Mapping[str, "RedshiftStandIn"] = field(default_factory=dict)


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
    with running_server() as server:
        urls = {name: server.new_database() for name in (LIVED, CLEAN)}
        yield Engine(Folder(folder / "source"), lambda name: {"SPARKIFY_WAREHOUSE": urls[name]})


@contextmanager
def redshift(_: Path) -> Iterator[Engine]:
    """Give a bucket in moto's S3, and stand-ins for Redshift."""
    from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn

    with ExitStack() as stack:
        server = stack.enter_context(running_server())
        url = stack.enter_context(moto())
        place, role = Bucket(_BUCKET, "source"), _make_role()
        clusters = {
            name: stack.enter_context(
                RedshiftStandIn(
                    postgres=server.url("postgres"), s3_endpoint=url, password=_PASSWORD
                )
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
            clusters,
        )


@contextmanager
def moto() -> Iterator[str]:
    """Run moto's server and let this process, and those it starts, take it for AWS."""
    aws = {
        "AWS_ACCESS_KEY_ID": "life",
        "AWS_SECRET_ACCESS_KEY": _PASSWORD,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with running_moto() as url, mock.patch.dict(os.environ, {**aws, "AWS_ENDPOINT_URL": url}):
        yield url


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
