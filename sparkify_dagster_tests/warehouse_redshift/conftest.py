"""The Redshift warehouse against the stand-in and moto: a cloud, a cluster and a source."""

import contextlib
import http.client
import json
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import boto3
import pytest

from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.lake.source import Source
from sparkify_dagster.settings import RedshiftSettings, Settings
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster.warehouse.redshift.transient import Backoff
from sparkify_dagster_tests.engines import PostgresServer
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.life import Lake

PASSWORD = "planted-password-7Qx"
SECRET_KEY = "planted-secret-key-8Zy"
LAKE, CONTROL = "sparkify-lake", "sparkify-control"
QUICK = Backoff(tries=4, first=0.01, most=0.02)


class Cloud(Lake):
    """A source in moto's S3, a control bucket beside it, and a role that COPY may take."""

    def __init__(self) -> None:
        super().__init__(f"s3://{LAKE}/source")
        self.s3.create_bucket(Bucket=LAKE)
        self.s3.create_bucket(Bucket=CONTROL)
        self.role = self._make_role()

    def control(self) -> list[str]:
        """Name what lies in the control bucket."""
        listed = self.s3.list_objects_v2(Bucket=CONTROL).get("Contents", [])
        return sorted(item["Key"] for item in listed)

    def jsonpaths(self) -> list[str]:
        """Return the expressions of the only JSONPaths file in the control bucket."""
        [key] = [key for key in self.control() if "/jsonpaths/" in key]
        body = self.s3.get_object(Bucket=CONTROL, Key=key)["Body"].read()
        paths: list[str] = json.loads(body)["jsonpaths"]
        return paths

    def _make_role(self) -> str:
        principal = {"Service": "redshift.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        role: str = boto3.client("iam").create_role(
            RoleName="copier",
            AssumeRolePolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [statement]}
            ),
        )["Role"]["Arn"]
        return role


@pytest.fixture
def cloud(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAPLANTED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    address = moto_url.removeprefix("http://")
    with contextlib.closing(http.client.HTTPConnection(address)) as moto:
        moto.request("POST", "/moto-api/reset")
        assert moto.getresponse().status == HTTPStatus.OK
    return Cloud()


@pytest.fixture
def redshift(postgres_server: PostgresServer, moto_url: str) -> Iterator[RedshiftStandIn]:
    with RedshiftStandIn(
        postgres=postgres_server.url("postgres"), s3_endpoint=moto_url, password=PASSWORD
    ) as stand_in:
        yield stand_in


@pytest.fixture
def settings(redshift: RedshiftStandIn, cloud: Cloud) -> Settings:
    return Settings(
        source=cloud.location,
        warehouse="redshift://",
        control=f"s3://{CONTROL}/control",
        redshift=RedshiftSettings(
            auth="password",
            password=PASSWORD,
            host=redshift.host,
            port=redshift.port,
            ca_file=redshift.ca_file,
            iam_role_arn=cloud.role,
        ),
    )


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[RedshiftWarehouse]:
    made = make_warehouse(settings)
    with made.session():
        yield made


@pytest.fixture
def source(settings: Settings) -> Source:
    return open_source(settings.source)


def make_warehouse(settings: Settings, **redshift: Any) -> RedshiftWarehouse:
    """Make a warehouse that tries again at once; `redshift` are other settings than usual."""
    changed = replace(settings, redshift=replace(settings.redshift, **redshift))
    return RedshiftWarehouse(changed, backoff=QUICK, error_wait_seconds=5)
