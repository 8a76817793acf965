"""What the doctor finds; AWS is moto, and the socket is real."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import Stubber

from sparkify_dagster.cluster import Finding, check_aws, network
from sparkify_dagster.cluster.doctor import _finding, _route_to_s3
from sparkify_dagster.cluster.state import describe
from sparkify_dagster.settings import Settings
from sparkify_dagster_tests.cluster.conftest import Account, with_redshift

ROLE = "arn:aws:iam::123456789012:role/theirs"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Log in by password: moto knows no login through IAM."""
    return with_redshift(settings, auth="password", password="planted-Secret-7")


@pytest.fixture
def buckets(account: Account) -> Account:
    """Source and control as they should be."""
    for bucket in ("music", "workshop"):
        account.aws.s3.create_bucket(Bucket=bucket)
    account.aws.s3.put_object(Bucket="music", Key="sparkify/log_data/2018/11/a.json", Body=b"{}")
    return account


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def findings(settings: Settings, account: Account) -> dict[str, Finding]:
    return {finding.name: finding for finding in check_aws(settings, account.aws)}


def make_cluster(account: Account, **more: Any) -> Account:
    account.aws.redshift.create_cluster(
        ClusterIdentifier="sparkify",
        NodeType="ra3.large",
        MasterUsername="sparkify",
        MasterUserPassword="Secret123",
        IamRoles=[ROLE],
        **more,
    )
    return account


def route(settings: Settings, account: Account, place: network.Network) -> Finding:
    """Check the route to S3 of moto's cluster, which is in no subnet group."""
    state = describe(settings.redshift, account.aws)
    assert state is not None
    inside = replace(state, vpc_routing=True, subnets=place.subnets)
    return _finding("route", lambda: _route_to_s3(settings.source, inside, account.aws))


def test_without_a_region_nothing_else_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    [finding] = check_aws(settings)

    assert (finding.name, finding.ok) == ("AWS region", False)
    assert "AWS_REGION" in finding.remedy


def test_without_credentials_nothing_else_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    assert [(finding.name, finding.ok) for finding in check_aws(settings)] == [
        ("AWS region", True),
        ("AWS credentials", False),
    ]


def test_a_source_in_s3_is_looked_at_for_any_warehouse(buckets: Account) -> None:
    found = findings(Settings(source="s3://music/sparkify"), buckets)

    assert list(found) == ["AWS region", "AWS credentials", "source"]
    assert found["source"].ok


def test_a_missing_cluster_is_reported_with_how_to_create_it(
    buckets: Account, settings: Settings
) -> None:
    found = findings(settings, buckets)

    assert [name for name, finding in found.items() if not finding.ok] == ["cluster"]
    assert found["cluster"].remedy == "run `sparkify cluster create`"
    assert not found["cluster"].detail.endswith(".")


def test_a_missing_bucket_and_an_empty_source_are_distinguished(
    account: Account, settings: Settings
) -> None:
    missing = findings(settings, account)
    account.aws.s3.create_bucket(Bucket="music")
    account.aws.s3.put_object(Bucket="music", Key="sparkify-private/a.json", Body=b"{}")
    empty = findings(settings, account)

    assert "NoSuchBucket" in missing["source"].detail
    assert "check the bucket's name" in missing["control prefix"].remedy
    assert empty["source"].detail == "there is nothing under s3://music/sparkify/"


def test_the_control_prefix_is_left_as_it_was(buckets: Account, settings: Settings) -> None:
    finding = findings(settings, buckets)["control prefix"]

    assert finding.ok
    assert buckets.aws.s3.list_objects_v2(Bucket="workshop")["KeyCount"] == 0
    assert buckets.changes[-2:] == ["PutObject", "DeleteObject"]


def test_a_control_prefix_that_is_not_writable_names_the_permission(
    buckets: Account, settings: Settings
) -> None:
    with Stubber(buckets.aws.s3) as s3:
        s3.add_response("list_objects_v2", {"KeyCount": 1})
        s3.add_client_error("put_object", "AccessDenied")
        finding = findings(settings, buckets)["control prefix"]

    assert not finding.ok
    assert finding.remedy == "allow s3:PutObject to the identity that runs this"


def test_a_cluster_as_it_should_be_has_its_role_and_its_route_to_s3(
    buckets: Account, settings: Settings
) -> None:
    found = findings(settings, make_cluster(buckets))

    assert {name for name, finding in found.items() if finding.ok} >= {"cluster", "role", "login"}
    assert found["role"].detail == f"COPY assumes {ROLE}"
    assert found["route to S3"].detail == "COPY does not use the VPC: enhanced VPC routing is off"
    # Moto's endpoint is a name that nobody resolves.
    assert "accepts no connection" in found["endpoint"].detail
    assert "SPARKIFY_REDSHIFT_ALLOWED_CIDR" in found["endpoint"].remedy


def test_a_paused_cluster_has_to_be_resumed(buckets: Account, settings: Settings) -> None:
    make_cluster(buckets).aws.redshift.pause_cluster(ClusterIdentifier="sparkify")

    assert findings(settings, buckets)["cluster"].remedy == "run `sparkify cluster resume`"


def test_a_role_of_the_settings_that_is_not_attached_is_reported(
    buckets: Account, settings: Settings
) -> None:
    given = "arn:aws:iam::123456789012:role/given"

    finding = findings(with_redshift(settings, iam_role_arn=given), make_cluster(buckets))["role"]

    assert finding.detail == f"the role {given} is not attached to sparkify"


def test_with_vpc_routing_every_subnet_needs_a_route_to_s3(
    buckets: Account, settings: Settings
) -> None:
    """An internet gateway does not serve a cluster without a public address: COPY would wait."""
    place = network.find(settings.redshift, buckets.aws)
    make_cluster(buckets, EnhancedVpcRouting=True)
    [table] = place.tables_without_s3
    assert f"the route table {table} has no way to S3" in route(settings, buckets, place).detail

    buckets.aws.ec2.create_vpc_endpoint(
        VpcId=place.vpc,
        ServiceName="com.amazonaws.us-east-1.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[table],
    )
    assert route(settings, buckets, place).ok


def test_an_s3_endpoint_reaches_no_other_region_but_a_nat_does(
    buckets: Account, settings: Settings
) -> None:
    place = network.find(settings.redshift, buckets.aws)
    make_cluster(buckets, EnhancedVpcRouting=True)
    buckets.aws.s3.create_bucket(
        Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    far = replace(settings, source="s3://far/sparkify")
    [table] = place.tables_without_s3
    ec2 = buckets.aws.ec2
    ec2.create_vpc_endpoint(
        VpcId=place.vpc,
        ServiceName="com.amazonaws.us-east-1.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[table],
    )
    assert "is in another region" in route(far, buckets, place).detail

    nat = ec2.create_nat_gateway(SubnetId=place.subnets[0], ConnectivityType="private")
    ec2.create_route(
        RouteTableId=table,
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=nat["NatGateway"]["NatGatewayId"],
    )
    assert route(far, buckets, place).ok


def test_a_host_of_the_settings_is_all_that_is_connected_to(
    buckets: Account, settings: Settings, listening: int
) -> None:
    settings = with_redshift(settings, host="127.0.0.1", port=listening)

    found = findings(settings, buckets)

    assert [name for name in found if name not in ("AWS region", "AWS credentials")] == [
        "source",
        "control prefix",
        "endpoint",
        "login",
    ]
    assert all(finding.ok for finding in found.values())
    assert found["endpoint"].detail == f"127.0.0.1:{listening} accepts connections"
    assert "planted" not in repr(found)
