"""Create, pause, resume and delete. CloudFormation is moto's; what moto lacks is stubbed.

A cluster of moto's stacks lacks its identifier, role, tags and parameter group, updates are lost
and serverless is unknown there, so what the template asks for is checked in test_template.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from sparkify_dagster.cluster import (
    ClusterError,
    Watch,
    check_stack_id,
    connection_credentials,
    create,
    delete,
    network,
    pause,
    resume,
    status,
    template,
)
from sparkify_dagster.settings import Settings
from sparkify_dagster_tests.cluster.conftest import (
    BY_NAME,
    IMPATIENT,
    Account,
    cluster,
    describe,
    with_redshift,
)
from sparkify_dagster_tests.cluster.test_stack import described

STACK = "sparkify-cluster-sparkify"
DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "redshift.md"
WORKGROUP = {
    "workgroup": {
        "workgroupName": "group",
        "workgroupArn": "arn:aws:redshift-serverless:us-east-1:1:workgroup/group",
        "namespaceName": "group",
        "baseCapacity": 4,
        "status": "AVAILABLE",
        "endpoint": {"address": "group.example", "port": 5439},
        "subnetIds": ["subnet-1"],
        "enhancedVpcRouting": True,
    }
}
NAMESPACE = {
    "namespace": {
        "iamRoles": [
            "IamRole(applyStatus=in-sync, iamRoleArn=arn:aws:iam::1:role/other)",
            "IamRole(iamRoleArn=arn:aws:iam::1:role/sparkify-workgroup-group-Role-X1)",
        ]
    }
}


def stacks(account: Account) -> list[str]:
    found = account.aws.cloudformation.list_stacks()["StackSummaries"]
    return [stack["StackName"] for stack in found if stack["StackStatus"] != "DELETE_COMPLETE"]


def describe_workgroup(serverless: Stubber, times: int = 1) -> None:
    for _ in range(times):
        serverless.add_response("get_workgroup", WORKGROUP, {"workgroupName": "group"})
        serverless.add_response("get_namespace", NAMESPACE, {"namespaceName": "group"})


def test_a_missing_cluster_is_created_by_one_stack_and_shown_with_its_cost(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, "", "available", "available", "available", "available")
    reported: list[str] = []

    state = create(settings, Watch(reported.append, poll_seconds=0), account.aws)

    assert state.available
    assert account.services == {"cloudformation"}
    assert account.changes == ["CreateStack"]
    assert stacks(account) == [STACK]
    assert reported[0] == (
        f"deploying the stack {STACK} in us-east-1: a cluster of 1 x ra3.large with its role and "
        "network, about 0.54 USD an hour (list price in us-east-1, without storage)"
    )


def test_what_is_created_is_what_the_template_says(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    """Moto evaluates the conditions of the template as CloudFormation does."""
    describe(redshift, "", "available", "available", "available", "available")
    create(settings, IMPATIENT, account.aws)

    found = account.aws.cloudformation.list_stack_resources(StackName=STACK)
    names = {resource["LogicalResourceId"] for resource in found["StackResourceSummaries"]}
    # Moto lists the S3 endpoint without its name.
    network = {"SecurityGroup", "IngressIpv4", ""}
    assert names == {"Cluster", "ParameterGroup", "SubnetGroup", "Role", *network}


def test_an_existing_cluster_needs_no_right_to_stacks(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    """What a load asks: whoever created the cluster, it is used by its name."""
    describe(redshift, *["available"] * 4)

    assert create(settings, IMPATIENT, account.aws).available

    assert {service for service, _ in account.calls} == {"redshift"}
    assert account.changes == []


def test_a_paused_cluster_is_resumed_and_nothing_else(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, *["paused"] * 3)
    redshift.add_response("resume_cluster", {}, BY_NAME)
    describe(redshift, "paused", "resuming", "available", "available")

    assert create(settings, IMPATIENT, account.aws).available

    assert account.changes == ["ResumeCluster"]


def test_an_update_leaves_a_cluster_alone_that_no_stack_created(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, *["available"] * 4)
    reported: list[str] = []

    create(settings, Watch(reported.append), account.aws, update=True)

    assert account.changes == []
    assert "no stack of this project created sparkify: it is used as it is" in reported


def test_an_update_changes_the_stack_to_the_settings(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, "", *["available"] * 4)
    create(settings, IMPATIENT, account.aws)
    describe(redshift, *["available"] * 7)
    reported: list[str] = []

    less = with_redshift(settings, controls_off=("audit-logs", "snapshots"))
    create(less, Watch(reported.append, poll_seconds=0), account.aws, update=True)

    assert account.changes == ["CreateStack", "UpdateStack"]
    assert {
        "AuditLogs changes from 'true' to 'false'",
        "SnapshotDays changes from '7' to '1'",
    } < set(reported)


def test_a_second_create_changes_nothing(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    """The S3 endpoint that the stack created is not taken for somebody else's, and kept."""
    place = network.find(settings.redshift, account.aws)
    account.aws.ec2.create_vpc_endpoint(
        VpcId=place.vpc,
        ServiceName="com.amazonaws.us-east-1.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=place.tables_without_s3,
    )
    describe(redshift, *["available"] * 7)
    reported: list[str] = []
    with Stubber(account.aws.cloudformation) as cloud:
        deployed = described("CREATE_COMPLETE")
        deployed["Stacks"][0]["Parameters"] = [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in template.parameters(settings, place).items()
        ]
        for _ in range(2):
            cloud.add_response("describe_stacks", deployed)
        cloud.add_client_error("update_stack", "ValidationError", "No updates are to be performed.")
        create(settings, Watch(reported.append, poll_seconds=0), account.aws, update=True)

    assert not any("changes from" in line for line in reported)
    assert f"the stack {STACK} is as the settings say" in reported


def test_settings_that_are_wrong_are_refused_before_any_call(
    account: Account, settings: Settings
) -> None:
    with pytest.raises(ClusterError, match="opens the cluster"):
        create(with_redshift(settings, allowed_cidr="8.0.0.0/8"), IMPATIENT, account.aws)

    assert account.calls == []


def test_a_stack_without_its_cluster_has_to_be_deleted(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, "", "")

    with pytest.raises(ClusterError, match=r"exists, but sparkify does not: remove the stack"):
        create(settings, IMPATIENT, account.aws)


def test_a_workgroup_gets_a_daily_limit_of_its_cost(account: Account, settings: Settings) -> None:
    """CloudFormation has no usage limits for serverless."""
    settings = with_redshift(settings, workgroup="group")
    arn = WORKGROUP["workgroup"]["workgroupArn"]
    with (
        Stubber(account.aws.serverless) as serverless,
        Stubber(account.aws.cloudformation) as cloud,
    ):
        serverless.add_client_error("get_workgroup", "ResourceNotFoundException")
        cloud.add_client_error("describe_stacks", "ValidationError", "it does not exist")
        cloud.add_client_error("describe_stacks", "ValidationError", "it does not exist")
        cloud.add_response("create_stack", {"StackId": "arn:id"})
        cloud.add_response(
            "describe_stacks",
            {
                "Stacks": [
                    {
                        "StackName": "sparkify-workgroup-group",
                        "StackStatus": "CREATE_COMPLETE",
                        "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
                    }
                ]
            },
        )
        describe_workgroup(serverless, 4)
        serverless.add_response("list_usage_limits", {}, None)
        limit = {
            "resourceArn": arn,
            "usageType": "serverless-compute",
            "amount": 32,
            "period": "daily",
            "breachAction": "deactivate",
        }
        serverless.add_response("create_usage_limit", {}, limit)
        describe_workgroup(serverless)

        state = create(settings, IMPATIENT, account.aws)

    assert (state.node_type, state.nodes, state.host) == ("RPU", 4, "group.example")
    assert state.estimated_usd_per_hour == 1.5


def test_a_workgroup_is_described_and_logged_in_to_with_documented_rights(
    account: Account, settings: Settings
) -> None:
    """Found by review: before, ListTagsForResource was called too, and the table lacked it.

    Every serverless login failed for an identity with the documented rights.
    """
    settings = with_redshift(settings, workgroup="group")
    with Stubber(account.aws.serverless) as serverless:
        describe_workgroup(serverless)
        serverless.add_response(
            "get_credentials",
            {"dbUser": "u", "dbPassword": "p", "expiration": datetime(2026, 1, 1, tzinfo=UTC)},
        )
        state = status(settings, account.aws)
        connection_credentials(settings, account.aws)

    assert state is not None
    assert state.role_arn.endswith(":role/sparkify-workgroup-group-Role-X1")
    table = re.search(r"^\| workgroup \|(.*)\|$", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    assert table is not None
    documented = set(re.findall(r"`(?:redshift-serverless:)?([A-Z]\w+)`", table.group(1)))
    assert {name for _, name in account.calls} == documented


def test_a_workgroup_has_nothing_to_pause(account: Account, settings: Settings) -> None:
    with Stubber(account.aws.serverless) as serverless:
        describe_workgroup(serverless)
        pause(with_redshift(settings, workgroup="group"), IMPATIENT, account.aws)

    assert account.changes == []


def test_pausing_waits_and_resuming_a_cluster_that_is_pausing_waits_for_that_first(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, *["available"] * 3)
    redshift.add_response("pause_cluster", {}, BY_NAME)
    describe(redshift, "available", "pausing", "paused")
    assert pause(settings, IMPATIENT, account.aws).estimated_usd_per_hour == 0

    describe(redshift, "pausing", "pausing", "paused")
    redshift.add_response("resume_cluster", {}, BY_NAME)
    describe(redshift, "paused", "resuming", "available", "available")
    assert resume(settings, IMPATIENT, account.aws).available


def test_a_resize_at_its_end_counts_as_available(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, "resizing", "resizing", *["available, resize-cleanup"] * 2)

    assert resume(settings, IMPATIENT, account.aws).available


def test_waiting_ends_with_the_limit_and_says_what_was_seen_last(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, "resuming", "resuming")

    with pytest.raises(ClusterError, match="sparkify is still resuming after 0 minutes"):
        resume(settings, Watch(limit_seconds=0), account.aws)


@pytest.mark.parametrize(
    "failed", ["incompatible-network", "hardware-failure", "deleting", "final-snapshot"]
)
def test_a_status_that_will_not_get_better_is_not_waited_for(
    account: Account, redshift: Stubber, settings: Settings, failed: str
) -> None:
    describe(redshift, failed, failed)

    with pytest.raises(ClusterError, match=f"sparkify is {failed}: look at its events"):
        resume(settings, IMPATIENT, account.aws)


def test_resuming_a_cluster_that_does_not_exist_says_how_to_create_it(
    account: Account, settings: Settings
) -> None:
    with pytest.raises(ClusterError, match=r"no cluster .* sparkify in us-east-1.*cluster create"):
        resume(settings, IMPATIENT, account.aws)


def test_a_deletion_removes_the_stack_and_says_where_the_snapshot_is(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, "", *["available"] * 4)
    create(settings, IMPATIENT, account.aws)
    describe(redshift, "available")

    removed = delete(settings, "sparkify", watch=IMPATIENT, aws=account.aws)

    assert stacks(account) == []
    command = "aws redshift describe-cluster-snapshots --cluster-identifier sparkify"
    assert removed == [
        f"stack {STACK}, with all that it created",
        f"the final snapshot is kept: see `{command}`",
    ]


def test_a_paused_cluster_is_resumed_before_it_is_deleted(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, "", *["available"] * 4)
    create(settings, IMPATIENT, account.aws)
    describe(redshift, *["paused"] * 3)
    redshift.add_response("resume_cluster", {}, BY_NAME)
    describe(redshift, "paused", "available")

    delete(settings, "sparkify", watch=IMPATIENT, aws=account.aws)

    assert account.changes == ["CreateStack", "ResumeCluster", "DeleteStack"]


def test_a_deletion_needs_the_clusters_name(account: Account, settings: Settings) -> None:
    with pytest.raises(ClusterError, match="'yes' is not the name of the cluster"):
        delete(settings, "yes", watch=IMPATIENT, aws=account.aws)

    assert account.calls == []


def test_a_job_deletes_only_a_stack_whose_id_is_known(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    """Found by a web site that started delete_cluster with the default name of the cluster."""
    with pytest.raises(ClusterError, match="nothing was deleted"):
        check_stack_id(settings, "", account.aws)
    describe(redshift, "", *["available"] * 4)
    create(settings, IMPATIENT, account.aws)
    [stack] = account.aws.cloudformation.describe_stacks()["Stacks"]

    with pytest.raises(ClusterError, match=f"not the id of the stack {STACK}: nothing") as refused:
        check_stack_id(settings, STACK, account.aws)
    assert stack["StackId"] not in str(refused.value)
    check_stack_id(settings, stack["StackId"], account.aws)


def test_where_there_is_nothing_nothing_is_deleted(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, "")

    assert delete(settings, "sparkify", watch=IMPATIENT, aws=account.aws) == []
    assert account.changes == []


def refusal(account: Account, settings: Settings) -> str:
    with pytest.raises(ClusterError) as caught:
        delete(settings, settings.redshift.name, watch=IMPATIENT, aws=account.aws)
    assert account.changes == []
    return str(caught.value)


def with_tags(redshift: Stubber, **tags: str) -> None:
    listed: list[Any] = [{"Key": key, "Value": value} for key, value in tags.items()]
    redshift.add_response("describe_clusters", cluster("available", Tags=listed), BY_NAME)


def test_a_cluster_of_somebody_else_is_not_deleted(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    with_tags(redshift, team="other")

    assert "was not created by this project" in refusal(account, settings)


def test_a_cluster_of_version_1_is_not_deleted_and_the_commands_are_shown(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    with_tags(redshift, **{"sparkify-dagster": "cluster/sparkify"})

    lines = [line.strip() for line in refusal(account, settings).splitlines()]

    assert "created by version 1.0" in lines[0]
    role = "--role-name sparkify-cluster-sparkify-us-east-1"
    snapshot = "--final-cluster-snapshot-identifier sparkify-final"
    groups = "--filters Name=tag:sparkify-dagster,Values=cluster/sparkify"
    query = "--query SecurityGroups[].GroupId --output text"
    assert lines[1:] == [
        f"aws redshift delete-cluster --cluster-identifier sparkify {snapshot}",
        "aws redshift wait cluster-deleted --cluster-identifier sparkify",
        f"aws redshift delete-cluster-subnet-group --cluster-subnet-group-name {STACK}",
        f"GROUP=$(aws ec2 describe-security-groups {groups} {query})",
        "aws ec2 delete-security-group --group-id $GROUP",
        f"aws iam delete-role-policy {role} --policy-name read-source-and-control",
        f"aws iam delete-role {role}",
    ]


def test_a_workgroup_of_version_1_is_recognised_by_its_tags(
    account: Account, settings: Settings
) -> None:
    with Stubber(account.aws.serverless) as serverless:
        describe_workgroup(serverless)
        serverless.add_response(
            "list_tags_for_resource",
            {"tags": [{"key": "sparkify-dagster", "value": "workgroup/group"}]},
        )
        message = refusal(account, with_redshift(settings, workgroup="group"))

    assert "aws redshift-serverless delete-workgroup --workgroup-name group" in message
    assert "delete-namespace --namespace-name group --final-snapshot-name group-final" in message
