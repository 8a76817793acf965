"""Who may connect, and the subnets that a stack is given; the subnets are moto's."""

from typing import Any

import pytest

from sparkify_dagster.cluster import ClusterError, network
from sparkify_dagster.settings import RedshiftSettings, Settings
from sparkify_dagster_tests.cluster.conftest import Account, with_redshift


def subnet(account: Account, vpc: str, cidr: str, zone: str) -> str:
    made = account.aws.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)
    return made["Subnet"]["SubnetId"]


@pytest.fixture
def vpc(account: Account) -> str:
    return account.aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def pair(account: Account, vpc: str) -> tuple[str, str]:
    """Two subnets in two zones."""
    return (
        subnet(account, vpc, "10.0.0.0/24", "us-east-1a"),
        subnet(account, vpc, "10.0.1.0/24", "us-east-1b"),
    )


@pytest.mark.parametrize(
    "cidr", ["0.0.0.0/0", "8.0.0.0/8", "10.0.0.0/15", "::/0", "2000::/8", "2001:db8::/47"]
)
def test_a_network_that_is_nearly_the_internet_is_refused(cidr: str) -> None:
    """Found by review: before, 8.0.0.0/8 and 2000::/8 were accepted, and the cluster was public."""
    with pytest.raises(ClusterError, match=r"opens the cluster to [0-9,]+ addresses.*narrower"):
        network.allowed_cidr(RedshiftSettings(allowed_cidr=cidr))


@pytest.mark.parametrize("cidr", ["10.1.0.0/33", "10.1.0.1/16", "everybody"])
def test_what_is_not_a_network_is_refused_with_an_example(cidr: str) -> None:
    with pytest.raises(ClusterError, match=r"is not a network.*10\.1\.0\.0/16"):
        network.allowed_cidr(RedshiftSettings(allowed_cidr=cidr))


@pytest.mark.parametrize(
    ("cidr", "public"),
    [
        ("", False),
        ("10.1.0.0/16", False),
        ("192.168.7.9/32", False),
        ("8.8.8.8/32", True),
        ("2600:1f18::/48", False),
    ],
)
def test_the_endpoint_is_public_only_for_an_ipv4_network_of_the_internet(
    cidr: str, public: bool
) -> None:
    assert network.publicly_accessible(RedshiftSettings(allowed_cidr=cidr)) is public


def test_without_subnets_those_of_the_default_vpc_are_used(
    account: Account, settings: Settings
) -> None:
    found = network.find(settings.redshift, account.aws)
    default = account.aws.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])
    assert found.vpc == default["Vpcs"][0]["VpcId"]
    assert len(found.subnets) >= 3
    assert len(found.tables_without_s3) == 1  # the main one
    assert account.changes == []


def test_without_a_default_vpc_the_error_names_both_ways_out(
    account: Account, settings: Settings
) -> None:
    for default in account.aws.ec2.describe_subnets()["Subnets"]:
        account.aws.ec2.delete_subnet(SubnetId=default["SubnetId"])
    with pytest.raises(ClusterError, match=r"no default VPC in us-east-1.*`new`"):
        network.find(settings.redshift, account.aws)


def test_a_new_network_needs_none(account: Account, settings: Settings) -> None:
    found = network.find(with_redshift(settings, subnet_ids=("new",)).redshift, account.aws)
    assert found == network.Network()
    assert account.calls == []


def test_subnets_in_one_zone_are_refused_unless_that_is_wanted(
    account: Account, settings: Settings, vpc: str
) -> None:
    """Found by Security Hub's control Redshift.16: before, the zones were not checked."""
    one = (subnet(account, vpc, "10.0.0.0/24", "us-east-1a"),)
    with pytest.raises(ClusterError, match="in us-east-1a only, and 2 zones are needed"):
        network.find(with_redshift(settings, subnet_ids=one).redshift, account.aws)
    off = with_redshift(settings, subnet_ids=one, controls_off=("zones",)).redshift
    assert network.find(off, account.aws).subnets == one


def test_a_workgroup_with_vpc_routing_needs_three_zones(
    account: Account, settings: Settings, pair: tuple[str, str]
) -> None:
    given = {"subnet_ids": pair, "workgroup": "group"}
    with pytest.raises(ClusterError, match="3 zones are needed"):
        network.find(with_redshift(settings, **given).redshift, account.aws)
    off = with_redshift(settings, **given, controls_off=("vpc-routing",)).redshift
    found = network.find(off, account.aws)
    assert found.tables_without_s3 == ()


def test_subnets_of_several_vpcs_are_refused(
    account: Account, settings: Settings, pair: tuple[str, str]
) -> None:
    other = account.aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ids = (pair[0], subnet(account, other, "10.9.0.0/24", "us-east-1b"))
    with pytest.raises(ClusterError, match="the subnets are in several VPCs"):
        network.find(with_redshift(settings, subnet_ids=ids).redshift, account.aws)


def test_only_route_tables_without_an_s3_endpoint_of_somebody_else_get_one(
    account: Account, settings: Settings, vpc: str, pair: tuple[str, str]
) -> None:
    ec2: Any = account.aws.ec2
    own, covered = (
        ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2)
    )
    for table, one in zip((own, covered), pair, strict=True):
        ec2.associate_route_table(RouteTableId=table, SubnetId=one)
    redshift = with_redshift(settings, subnet_ids=pair).redshift
    assert set(network.find(redshift, account.aws).tables_without_s3) == {own, covered}

    ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[covered],
    )
    assert network.find(redshift, account.aws).tables_without_s3 == (own,)
    # The endpoint of the stack itself is no reason to remove it.
    again = network.find(redshift, account.aws, own_tables=(covered,))
    assert set(again.tables_without_s3) == {own, covered}
