"""Who may reach the cluster."""

import pytest

from sparkify_dagster.cluster import ClusterError, create
from sparkify_dagster.cluster.network import let_in
from sparkify_dagster.settings import Settings
from sparkify_dagster_tests.cluster.conftest import IMPATIENT, Account, with_redshift


def admitted(account: Account) -> set[str]:
    [group] = account.aws.ec2.describe_security_groups(GroupNames=["sparkify-cluster-sparkify"])[
        "SecurityGroups"
    ]
    return let_in(group, 5439)


@pytest.mark.parametrize("world", ["0.0.0.0/0", "::/0", "0.0.0.0/1", "8000::/1"])
def test_the_world_is_never_let_in(account: Account, settings: Settings, world: str) -> None:
    with pytest.raises(ClusterError, match=r"ALLOWED_CIDR is .* opens the cluster to the world"):
        create(with_redshift(settings, allowed_cidr=world), IMPATIENT, account.aws)

    assert account.calls == []


@pytest.mark.parametrize("text", ["10.1.0.7/16", "anywhere", "10.0.0.0/33"])
def test_what_is_no_network_is_refused(account: Account, settings: Settings, text: str) -> None:
    with pytest.raises(ClusterError, match=r"ALLOWED_CIDR is .* which is no network"):
        create(with_redshift(settings, allowed_cidr=text), IMPATIENT, account.aws)

    assert account.calls == []


def test_without_a_cidr_nobody_is_let_in(account: Account, settings: Settings) -> None:
    create(with_redshift(settings, allowed_cidr=""), IMPATIENT, account.aws)

    assert admitted(account) == set()


@pytest.mark.parametrize(
    ("cidr", "public"),
    [("10.1.0.0/16", False), ("172.16.0.0/12", False), ("8.8.8.8/32", True), ("2600::/16", True)],
)
def test_only_the_cidr_is_let_in_and_only_one_in_the_internet_makes_the_cluster_public(
    account: Account, settings: Settings, cidr: str, public: bool
) -> None:
    create(with_redshift(settings, allowed_cidr=cidr), IMPATIENT, account.aws)

    assert admitted(account) == {cidr}
    assert account.parameters("CreateCluster")["PubliclyAccessible"] is public


def test_without_a_default_vpc_the_subnets_are_asked_for(
    account: Account, settings: Settings
) -> None:
    ec2 = account.aws.ec2
    [vpc] = ec2.describe_vpcs()["Vpcs"]
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc["VpcId"])

    with pytest.raises(ClusterError, match=r"no default VPC in us-east-1.*REDSHIFT_SUBNET_IDS"):
        create(settings, IMPATIENT, account.aws)


def test_subnets_of_two_vpcs_are_refused(account: Account, settings: Settings) -> None:
    ec2 = account.aws.ec2
    here = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    there = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]

    with pytest.raises(ClusterError, match="several VPCs"):
        create(with_redshift(settings, subnet_ids=(here, there)), IMPATIENT, account.aws)


def test_a_subnet_that_is_not_there_is_named(account: Account, settings: Settings) -> None:
    with pytest.raises(ClusterError, match=r"subnet-0bad.*check SPARKIFY_REDSHIFT_SUBNET_IDS"):
        create(with_redshift(settings, subnet_ids=("subnet-0bad",)), IMPATIENT, account.aws)
