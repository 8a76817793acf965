"""A stand-in for Redshift, and what lies in S3, for each test."""

import contextlib
import http.client
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import psycopg2
import pytest

from sparkify_dagster_tests.engines import PostgresServer
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn

if TYPE_CHECKING:
    from psycopg2.extensions import connection

Connect = Callable[..., "connection"]
PASSWORD = "correct horse"
BUCKET = "sparkify-test"


@pytest.fixture(scope="session")
def postgres(postgres_server: PostgresServer) -> str:
    return postgres_server.url("postgres")


class Cloud:
    """Moto's S3 and IAM, as the test prepares them."""

    def __init__(self, url: str, session: boto3.Session) -> None:
        self.url = url
        self.s3: Any = session.client("s3", endpoint_url=url)
        self.iam: Any = session.client("iam", endpoint_url=url)
        self.s3.create_bucket(Bucket=BUCKET)
        self.role = self.make_role("copier")

    def make_role(self, name: str, service: str = "redshift.amazonaws.com") -> str:
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": service},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        arn: str = role["Role"]["Arn"]
        return arn

    def allow_role(self, name: str, statement: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.iam.put_role_policy(RoleName=name, PolicyName="only", PolicyDocument=document)

    @contextlib.contextmanager
    def enforced_policies(self) -> Iterator[None]:
        """Have moto's server authenticate each request and ask the policies."""
        address = self.url.removeprefix("http://").split(":")

        def actions_without(count: str) -> None:
            connection = http.client.HTTPConnection(address[0], int(address[1]))
            connection.request("POST", "/moto-api/reset-auth", body=count)
            connection.getresponse().read()
            connection.close()

        actions_without("0")
        try:
            yield
        finally:
            actions_without("inf")

    def put(self, key: str, data: str | bytes) -> str:
        body = data.encode() if isinstance(data, str) else data
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def put_manifest(self, key: str, *urls: str, **entry: Any) -> str:
        entries = [{"url": url, "mandatory": True, **entry} for url in urls]
        return self.put(key, json.dumps({"entries": entries}))


@pytest.fixture(scope="session")
def aws() -> boto3.Session:
    return boto3.Session(
        aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
    )


@pytest.fixture
def cloud(moto_url: str, aws: boto3.Session) -> Cloud:
    host, port = moto_url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port))
    connection.request("POST", "/moto-api/reset")
    connection.getresponse().read()
    connection.close()
    return Cloud(moto_url, aws)


@pytest.fixture
def redshift(postgres: str, moto_url: str) -> Iterator[RedshiftStandIn]:
    with RedshiftStandIn(postgres=postgres, s3_endpoint=moto_url, password=PASSWORD) as stand_in:
        yield stand_in


@pytest.fixture
def connect(redshift: RedshiftStandIn) -> Iterator[Connect]:
    opened: list[connection] = []

    def open_connection(**changed: Any) -> "connection":
        arguments = {
            "host": redshift.host,
            "port": redshift.port,
            "dbname": redshift.database,
            "user": redshift.user,
            "password": redshift.password,
            "sslmode": "verify-full",
            "sslrootcert": redshift.ca_file,
        }
        opened.append(psycopg2.connect(**{**arguments, **changed}))
        return opened[-1]

    yield open_connection
    for each in opened:
        each.close()


class Sql:
    """Runs a statement and returns its rows."""

    def __init__(self, connection: "connection") -> None:
        self.connection = connection

    def __call__(self, statement: str, values: Any = None) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def sql(connect: Connect) -> Sql:
    """Open a connection where each statement is a transaction of its own."""
    connection = connect()
    connection.autocommit = True
    return Sql(connection)


@pytest.fixture
def transaction(connect: Connect) -> Sql:
    """Open a connection where the test commits."""
    return Sql(connect())
