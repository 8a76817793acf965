"""The provisioned cluster's life, against moto."""

import json
from typing import Any

import pytest

from sparkify_dagster.cluster import ClusterError, Watch, create, delete, pause, resume, status
from sparkify_dagster.settings import Settings
from sparkify_dagster_tests.cluster.conftest import (
    IMPATIENT,
    Account,
    recorded_account,
    with_redshift,
)

ROLE = "sparkify-cluster-sparkify-us-east-1"
NAME = "sparkify-cluster-sparkify"
TAG = {"Key": "sparkify-dagster", "Value": "cluster/sparkify"}


def inventory(account: Account) -> dict[str, Any]:
    """Everything of the kinds that this project makes, as the account holds it."""
    aws = account.aws
    return {
        "clusters": aws.redshift.describe_clusters()["Clusters"],
        "subnet groups": aws.redshift.describe_cluster_subnet_groups()["ClusterSubnetGroups"],
        "security groups": aws.ec2.describe_security_groups()["SecurityGroups"],
        "rules": [
            rule["SecurityGroupRuleId"]
            for rule in aws.ec2.describe_security_group_rules()["SecurityGroupRules"]
        ],
        "roles": aws.iam.list_roles()["Roles"],
        "manual snapshots": [
            snapshot["SnapshotIdentifier"]
            for snapshot in aws.redshift.describe_cluster_snapshots()["Snapshots"]
            if snapshot["SnapshotType"] == "manual"
        ],
    }


def subnets(account: Account) -> tuple[str, ...]:
    found = account.aws.ec2.describe_subnets()["Subnets"]
    return tuple(subnet["SubnetId"] for subnet in found[:2])


def make_foreign_cluster(name: str = "sparkify", **more: Any) -> None:
    recorded_account().aws.redshift.create_cluster(
        ClusterIdentifier=name,
        NodeType="ra3.xlplus",
        MasterUsername="admin",
        MasterUserPassword="Secret123",
        ClusterType="multi-node",
        NumberOfNodes=2,
        **more,
    )


def test_where_there_is_no_cluster_the_status_is_none(account: Account, settings: Settings) -> None:
    assert status(settings, account.aws) is None


def test_a_new_cluster_is_a_single_encrypted_node_with_a_managed_password(
    account: Account, settings: Settings
) -> None:
    create(settings, IMPATIENT, account.aws)

    asked = account.parameters("CreateCluster")
    assert asked["NodeType"] == "ra3.large"
    assert asked["ClusterType"] == "single-node"
    assert asked["Encrypted"] is True
    assert asked["PubliclyAccessible"] is False
    assert asked["ManageMasterPassword"] is True
    assert "MasterUserPassword" not in asked


def test_the_state_says_where_it_is_and_what_it_costs(account: Account, settings: Settings) -> None:
    state = create(settings, IMPATIENT, account.aws)

    assert state == status(settings, account.aws)
    assert state.available
    assert state.created_by_us
    assert state.host.startswith("sparkify.")
    assert state.host.endswith("us-east-1.redshift.amazonaws.com")
    assert state.port == 5439
    assert state.role_arn == f"arn:aws:iam::123456789012:role/{ROLE}"
    assert state.attached_roles == (state.role_arn,)
    assert (state.node_type, state.nodes) == ("ra3.large", 1)
    assert state.estimated_usd_per_hour == 0.543
    assert state.region == "us-east-1"


def test_all_that_is_made_carries_the_projects_tag(account: Account, settings: Settings) -> None:
    create(with_redshift(settings, subnet_ids=subnets(account)), IMPATIENT, account.aws)

    aws = account.aws
    [cluster] = aws.redshift.describe_clusters()["Clusters"]
    [subnet_group] = aws.redshift.describe_cluster_subnet_groups()["ClusterSubnetGroups"]
    [group] = aws.ec2.describe_security_groups(GroupNames=[NAME])["SecurityGroups"]
    role = aws.iam.get_role(RoleName=ROLE)["Role"]
    for made in (cluster, subnet_group, group, role):
        assert made["Tags"] == [TAG]
    assert cluster["ClusterSubnetGroupName"] == NAME
    assert [member["VpcSecurityGroupId"] for member in cluster["VpcSecurityGroups"]] == [
        group["GroupId"]
    ]


def test_several_nodes_and_another_port_are_asked_for(account: Account, settings: Settings) -> None:
    state = create(with_redshift(settings, nodes=2, port=5444), IMPATIENT, account.aws)

    assert account.parameters("CreateCluster")["ClusterType"] == "multi-node"
    assert (state.nodes, state.port) == (2, 5444)
    assert state.estimated_usd_per_hour == 1.086
    [rule] = account.parameters("AuthorizeSecurityGroupIngress")["IpPermissions"]
    assert (rule["FromPort"], rule["ToPort"]) == (5444, 5444)


def test_the_password_of_the_settings_is_the_admins_where_they_say_so(
    account: Account, settings: Settings
) -> None:
    create(with_redshift(settings, auth="password", password="Planted123"), IMPATIENT, account.aws)

    asked = account.parameters("CreateCluster")
    assert asked["MasterUserPassword"] == "Planted123"
    assert "ManageMasterPassword" not in asked


def test_a_role_in_the_settings_is_taken_and_none_is_made(
    account: Account, settings: Settings
) -> None:
    given = "arn:aws:iam::123456789012:role/given"

    state = create(with_redshift(settings, iam_role_arn=given), IMPATIENT, account.aws)

    assert state.role_arn == given
    assert account.parameters("CreateCluster")["IamRoles"] == [given]
    assert account.aws.iam.list_roles()["Roles"] == []


def test_a_second_create_changes_nothing(account: Account, settings: Settings) -> None:
    settings = with_redshift(settings, subnet_ids=subnets(account))
    first = create(settings, IMPATIENT, account.aws)
    before = inventory(account)
    again = recorded_account()

    assert create(settings, IMPATIENT, again.aws) == first

    assert again.changes == []
    assert inventory(account) == before


def test_create_makes_only_what_is_missing(account: Account, settings: Settings) -> None:
    create(with_redshift(settings, allowed_cidr=""), IMPATIENT, account.aws)
    account.aws.iam.delete_role_policy(RoleName=ROLE, PolicyName="read-source-and-control")
    again = recorded_account()

    create(settings, IMPATIENT, again.aws)

    assert again.changes == ["PutRolePolicy", "AuthorizeSecurityGroupIngress"]


def test_create_resumes_a_paused_cluster(account: Account, settings: Settings) -> None:
    create(settings, IMPATIENT, account.aws)
    pause(settings, IMPATIENT, account.aws)
    again = recorded_account()

    assert create(settings, IMPATIENT, again.aws).available

    assert again.changes == ["ResumeCluster"]


def test_a_cluster_that_others_made_is_only_used(account: Account, settings: Settings) -> None:
    attached = "arn:aws:iam::123456789012:role/theirs"
    make_foreign_cluster(IamRoles=[attached])
    told: list[str] = []

    state = create(settings, Watch(progress=told.append), account.aws)

    assert account.changes == []
    assert not state.created_by_us
    assert state.role_arn == attached
    assert any("not made by this project" in message for message in told)


def test_a_paused_cluster_that_others_made_is_resumed_and_nothing_else(
    account: Account, settings: Settings
) -> None:
    make_foreign_cluster()
    pause(settings, IMPATIENT, recorded_account().aws)

    assert create(settings, IMPATIENT, account.aws).available

    assert account.changes == ["ResumeCluster"]


def test_pause_and_resume_do_nothing_the_second_time(account: Account, settings: Settings) -> None:
    create(settings, IMPATIENT, recorded_account().aws)

    paused = [pause(settings, IMPATIENT, account.aws) for _ in range(2)]
    resumed = [resume(settings, IMPATIENT, account.aws) for _ in range(2)]

    assert account.changes == ["PauseCluster", "ResumeCluster"]
    assert [state.state for state in paused + resumed] == ["paused"] * 2 + ["available"] * 2
    assert paused[0].estimated_usd_per_hour == 0


def test_resuming_a_cluster_that_is_not_there_says_how_to_make_it(
    account: Account, settings: Settings
) -> None:
    with pytest.raises(ClusterError, match=r"no cluster sparkify in us-east-1.*cluster create"):
        resume(settings, IMPATIENT, account.aws)


@pytest.mark.parametrize("kind", ["role", "security group", "subnet group"])
def test_a_thing_of_the_projects_name_but_without_its_tag_is_not_touched(
    account: Account, settings: Settings, kind: str
) -> None:
    aws = recorded_account().aws
    settings = with_redshift(settings, subnet_ids=subnets(account))
    if kind == "role":
        aws.iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps({}))
    elif kind == "security group":
        aws.ec2.create_security_group(GroupName=NAME, Description="theirs")
    else:
        aws.redshift.create_cluster_subnet_group(
            ClusterSubnetGroupName=NAME,
            Description="theirs",
            SubnetIds=list(settings.redshift.subnet_ids),
        )

    with pytest.raises(ClusterError, match=f"the {kind} .* not made by this project.*tag"):
        create(settings, IMPATIENT, account.aws)
    delete(settings, "sparkify", watch=IMPATIENT, aws=account.aws)

    left = inventory(account)
    assert len(left["roles"]) == (kind == "role")
    assert (NAME in [group["GroupName"] for group in left["security groups"]]) == (
        kind == "security group"
    )
    assert len(left["subnet groups"]) == (kind == "subnet group")


def test_deletion_leaves_nothing_of_the_projects_and_touches_nothing_else(
    account: Account, settings: Settings
) -> None:
    make_foreign_cluster("theirs")
    other = with_redshift(settings, cluster="other")
    create(other, IMPATIENT, account.aws)
    before = inventory(account)
    settings = with_redshift(settings, subnet_ids=subnets(account))
    create(settings, IMPATIENT, account.aws)

    removed = delete(settings, "sparkify", final_snapshot=False, watch=IMPATIENT, aws=account.aws)

    assert inventory(account) == before
    assert [entry.split()[0] for entry in removed] == ["cluster", "subnet", "security", "role"]


def test_deletion_keeps_a_final_snapshot_unless_told_otherwise(
    account: Account, settings: Settings
) -> None:
    create(settings, IMPATIENT, account.aws)

    removed = delete(settings, "sparkify", watch=IMPATIENT, aws=account.aws)

    [snapshot] = inventory(account)["manual snapshots"]
    assert snapshot.startswith("sparkify-final-")
    assert snapshot in removed[0]


def test_deletion_wants_the_clusters_name(account: Account, settings: Settings) -> None:
    create(settings, IMPATIENT, recorded_account().aws)

    with pytest.raises(ClusterError, match="'yes' is not the name of the cluster"):
        delete(settings, "yes", watch=IMPATIENT, aws=account.aws)

    assert account.calls == []


def test_a_cluster_that_others_made_is_not_deleted(account: Account, settings: Settings) -> None:
    make_foreign_cluster()

    with pytest.raises(ClusterError, match=r"the cluster sparkify .* not made by this project"):
        delete(settings, "sparkify", watch=IMPATIENT, aws=account.aws)

    assert account.changes == []


def test_an_interrupted_deletion_can_be_repeated(account: Account, settings: Settings) -> None:
    before = inventory(account)
    create(settings, IMPATIENT, account.aws)
    account.aws.redshift.delete_cluster(ClusterIdentifier="sparkify", SkipFinalClusterSnapshot=True)

    removed = delete(settings, "sparkify", watch=IMPATIENT, aws=account.aws)

    assert [entry.split()[0] for entry in removed] == ["security", "role"]
    assert inventory(account) == before
    assert delete(settings, "sparkify", watch=IMPATIENT, aws=account.aws) == []


def test_a_source_that_is_not_in_s3_is_refused_before_anything_is_made(account: Account) -> None:
    with pytest.raises(ClusterError, match=r"SPARKIFY_SOURCE is 'data/source'.*s3://"):
        create(Settings(), IMPATIENT, account.aws)

    assert account.changes == []
