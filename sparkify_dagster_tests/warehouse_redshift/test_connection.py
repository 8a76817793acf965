"""How the cluster is found and logged in to, and which errors pass."""

import datetime as dt
from dataclasses import replace
from typing import Any

import boto3
import certifi
import psycopg2
import pytest

from sparkify_dagster import cluster
from sparkify_dagster.cluster import Aws, ConnectionCredentials
from sparkify_dagster.errors import SettingsError, WarehouseError
from sparkify_dagster.settings import RedshiftSettings, Settings
from sparkify_dagster.warehouse import open_warehouse
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster.warehouse.redshift.connection import ClusterAwayError, Connector
from sparkify_dagster.warehouse.redshift.transient import Backoff, retry, transient_reason
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import (
    PASSWORD,
    QUICK,
    Cloud,
    make_warehouse,
)

AT = 'connection to server at "localhost" (::1), port 5439 failed: '
NOWHERE = Settings(warehouse="redshift://", control="s3://control/prefix")


@pytest.fixture
def provisioned(cloud: Cloud) -> Any:
    client = boto3.client("redshift")
    client.create_cluster(
        ClusterIdentifier="sparkify",
        NodeType="ra3.large",
        MasterUsername="sparkify",
        MasterUserPassword="Passw0rd-of-moto",
        IamRoles=[cloud.role],
    )
    return client


@pytest.mark.usefixtures("provisioned")
def test_host_port_and_role_come_from_the_cluster(cloud: Cloud) -> None:
    connector = Connector(NOWHERE, Aws())
    host, port = connector._endpoint()
    assert host.startswith("sparkify.")
    assert port == 5439
    assert connector.role_arn == cloud.role


def test_a_paused_cluster_is_waited_for_and_then_told_of(provisioned: Any) -> None:
    provisioned.pause_cluster(ClusterIdentifier="sparkify")
    warehouse = RedshiftWarehouse(NOWHERE, backoff=QUICK)
    with pytest.raises(WarehouseError, match=r"is paused: resume it with `sparkify cluster resume"):
        warehouse.existing_tables()


def test_a_cluster_that_is_resumed_meanwhile_is_connected_to(
    provisioned: Any, settings: Settings, redshift: RedshiftStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    provisioned.pause_cluster(ClusterIdentifier="sparkify")
    status = cluster.status
    looked = []

    def look(given: Settings, aws: Aws | None = None) -> Any:
        looked.append(given)
        if len(looked) == 2:
            provisioned.resume_cluster(ClusterIdentifier="sparkify")
        state = status(given, aws)
        assert state is not None
        return replace(state, host=redshift.host, port=redshift.port)

    monkeypatch.setattr(cluster, "status", look)
    assert make_warehouse(settings, host="", port=None).existing_tables() == set()
    assert len(looked) == 2


@pytest.mark.usefixtures("cloud")
def test_no_cluster_is_told_of_with_what_makes_one() -> None:
    with pytest.raises(WarehouseError, match=r"no Redshift 'sparkify' in us-east-1: make it with"):
        RedshiftWarehouse(NOWHERE, backoff=QUICK).existing_tables()


@pytest.mark.usefixtures("cloud")
def test_a_cluster_without_a_role_is_told_of() -> None:
    boto3.client("redshift").create_cluster(
        ClusterIdentifier="sparkify",
        NodeType="ra3.large",
        MasterUsername="sparkify",
        MasterUserPassword="Passw0rd-of-moto",
    )
    with pytest.raises(WarehouseError, match="SPARKIFY_REDSHIFT_IAM_ROLE_ARN"):
        Connector(NOWHERE, Aws()).role_arn  # noqa: B018 - it is what raises


@pytest.mark.parametrize(("minutes", "logins"), [(15, 1), (0, 2), (None, 1)])
def test_credentials_are_renewed_when_they_expire(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, minutes: int | None, logins: int
) -> None:
    asked = []

    def get(given: Settings, _aws: Aws) -> ConnectionCredentials:
        asked.append(given)
        now = dt.datetime.now(dt.UTC)
        until = None if minutes is None else now + dt.timedelta(minutes=minutes)
        return ConnectionCredentials("sparkify", PASSWORD, until)

    monkeypatch.setattr(cluster, "connection_credentials", get)
    connector = Connector(settings, Aws())
    for _ in range(2):
        connector.connect().close()
    assert len(asked) == logins


def test_a_temporary_user_of_iam_logs_in(
    settings: Settings, redshift: RedshiftStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    redshift.passwords["IAM:loader"] = "temporary"
    given = ConnectionCredentials("IAM:loader", "temporary")
    monkeypatch.setattr(cluster, "connection_credentials", lambda *_: given)
    query = "SELECT CURRENT_DATABASE()"
    warehouse = make_warehouse(settings, auth="iam", password="")
    assert warehouse.transact(lambda tx: tx.value(query)) == "sparkify"


def test_the_public_cas_hold_amazons_roots() -> None:
    """By them Redshift's certificates, issued by ACM, are verified."""
    from pathlib import Path

    text = Path(certifi.where()).read_text()
    for number in range(1, 5):
        assert f"Amazon Root CA {number}" in text
    assert "Starfield Services Root Certificate Authority - G2" in text


def test_redshift_without_a_control_prefix_is_refused() -> None:
    with pytest.raises(SettingsError, match="SPARKIFY_CONTROL"):
        open_warehouse(Settings(warehouse="redshift://", redshift=RedshiftSettings()))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"{AT}FATAL:  the database system is starting up\n", "cluster refusing logins"),
        ("FATAL:  too many connections for database\n", "cluster refusing logins"),
        (f"{AT}Connection refused\n\tIs the server running", "cluster unreachable"),
        (f"{AT}FATAL:  no\n{AT}Connection refused\n\tIs it", "cluster unreachable"),
        (f"{AT}timeout expired\n", "cluster unreachable"),
        ('could not translate host name "h" to address: unknown\n', "cluster unreachable"),
        ("server closed the connection unexpectedly\n", "dropped connection"),
        ("SSL SYSCALL error: EOF detected\n", "dropped connection"),
        ("SSL connection has been closed unexpectedly\n", "dropped connection"),
        ('FATAL:  password authentication failed for user "a"\n', None),
        (f"{AT}SSL error: certificate verify failed\n", None),
        ('FATAL:  database "nowhere" does not exist\n', None),
        ("ERROR:  syntax error at or near 1023\n", None),
        # A name or a value that contains the words of another error.
        ('FATAL:  database "connection refused" does not exist\n', None),
        (f'{AT}FATAL:  password authentication failed for user "timed out"\n', None),
        ('FATAL:  role "the database system is starting up" does not exist\n', None),
        ('connection to server on socket "/a/timeout expired/b" failed: No such file\n', None),
        ('ERROR:  invalid input syntax for integer: "connection reset"\n', None),
        ('ERROR:  value "deadlock detected" is too long\n', None),
    ],
)
def test_an_error_passes_by_name_or_not_at_all(text: str, name: str | None) -> None:
    assert transient_reason(psycopg2.OperationalError(text)) == name


@pytest.mark.parametrize(
    ("error", "name"), [(ClusterAwayError("paused"), "cluster away"), (ValueError("1023"), None)]
)
def test_other_errors_pass_or_not(error: Exception, name: str | None) -> None:
    assert transient_reason(error) == name


def test_waits_double_up_to_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)

    def work() -> None:
        raise ClusterAwayError("away")

    with pytest.raises(ClusterAwayError):
        retry(work, Backoff(tries=7, first=1, most=8), "here", between=lambda _: None)
    assert len(slept) == 6
    for waited, most in zip(slept, [1, 2, 4, 8, 8, 8], strict=True):
        assert most / 2 <= waited <= most
