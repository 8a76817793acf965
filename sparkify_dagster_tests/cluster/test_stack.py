"""What CloudFormation does with a stack and moto does not: updates, failures, deletion policies.

botocore's stubs play AWS.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from sparkify_dagster.cluster import ClusterError, Watch, template
from sparkify_dagster.cluster.stack import Stack
from sparkify_dagster_tests.cluster.conftest import IMPATIENT, Account

NAME = "sparkify-cluster-sparkify"
ID = f"arn:aws:cloudformation:us-east-1:123456789012:stack/{NAME}/0a1b2c3d"
GIVEN = {"Name": "sparkify", "Nodes": "1"}


@pytest.fixture
def cloud(account: Account) -> Iterator[Stubber]:
    with Stubber(account.aws.cloudformation) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def stack(account: Account) -> Stack:
    return Stack(NAME, account.aws, IMPATIENT)


def described(status: str, **more: Any) -> dict[str, Any]:
    found = {
        "StackName": NAME,
        "StackId": ID,
        "StackStatus": status,
        "CreationTime": "2026-01-01T00:00:00Z",
        "Description": "Sparkify's Amazon Redshift, and so on",
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in {**GIVEN, "FinalSnapshot": "true"}.items()
        ],
        **more,
    }
    return {"Stacks": [found]}


def describe(cloud: Stubber, *statuses: str) -> None:
    for status in statuses:
        cloud.add_response("describe_stacks", described(status))


def events(cloud: Stubber, *said: tuple[str, str, str]) -> None:
    """Answer with events of resource, status and reason, the newest first."""
    listed = [
        {
            "StackId": ID,
            "StackName": NAME,
            "EventId": str(number),
            "Timestamp": "2026-01-01T00:00:00Z",
            "LogicalResourceId": resource,
            "PhysicalResourceId": ID if resource == NAME else resource,
            "ResourceStatus": status,
            "ResourceStatusReason": reason,
        }
        for number, (resource, status, reason) in enumerate(said)
    ]
    cloud.add_response("describe_stack_events", {"StackEvents": listed}, {"StackName": ID})


def no_stack(cloud: Stubber) -> None:
    cloud.add_client_error(
        "describe_stacks", "ValidationError", f"Stack with id {NAME} does not exist"
    )


def test_a_new_stack_is_created_and_leaves_nothing_behind_if_it_fails(
    cloud: Stubber, stack: Stack
) -> None:
    no_stack(cloud)
    cloud.add_response(
        "create_stack",
        {"StackId": ID},
        {
            "StackName": NAME,
            "TemplateBody": "body",
            "Parameters": [{"ParameterKey": "Name", "ParameterValue": "sparkify"}],
            "Capabilities": ["CAPABILITY_IAM"],
            "OnFailure": "DELETE",
        },
    )
    describe(cloud, "CREATE_IN_PROGRESS", "CREATE_COMPLETE")

    stack.deploy("body", {"Name": "sparkify"})


def test_a_creation_that_failed_says_why_from_the_first_reason(
    cloud: Stubber, stack: Stack
) -> None:
    no_stack(cloud)
    cloud.add_response("create_stack", {"StackId": ID})
    describe(cloud, "ROLLBACK_IN_PROGRESS", "DELETE_COMPLETE")
    events(
        cloud,
        (NAME, "DELETE_IN_PROGRESS", ""),
        ("Role", "CREATE_FAILED", "Resource creation cancelled"),
        ("Cluster", "CREATE_FAILED", "no capacity for ra3.large"),
        ("S3Endpoint", "CREATE_FAILED", "route table already has a route"),
        (NAME, "CREATE_IN_PROGRESS", "User Initiated"),
        ("Older", "CREATE_FAILED", "of a stack before"),
    )

    with pytest.raises(ClusterError) as caught:
        stack.deploy("body", GIVEN)

    assert caught.value.fault == (
        f"the stack {NAME} could not be created and is DELETE_COMPLETE: S3Endpoint: route table "
        "already has a route; Cluster: no capacity for ra3.large"
    )


def test_a_role_that_may_not_be_passed_is_reported_as_that(cloud: Stubber, stack: Stack) -> None:
    """Found by review: before, a refused iam:PassRole was reported as another missing action."""
    no_stack(cloud)
    cloud.add_response("create_stack", {"StackId": ID})
    describe(cloud, "DELETE_COMPLETE")
    reason = "User: arn:aws:iam::1:user/a is not authorized to perform: iam:PassRole on resource: r"
    events(cloud, ("Cluster", "CREATE_FAILED", reason), (NAME, "CREATE_IN_PROGRESS", ""))

    with pytest.raises(ClusterError) as caught:
        stack.deploy("body", GIVEN)

    assert caught.value.remedy == "allow iam:PassRole to the identity that runs this"


def test_an_update_reports_what_changes_and_never_a_password(
    cloud: Stubber, account: Account
) -> None:
    reported: list[str] = []
    describe(cloud, "CREATE_COMPLETE")
    cloud.add_response("update_stack", {"StackId": ID})
    describe(cloud, "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE")

    Stack(NAME, account.aws, Watch(reported.append, poll_seconds=0)).deploy(
        "body", {"Name": "sparkify", "Nodes": "2", "AdminPassword": "planted"}
    )

    assert reported[0] == "Nodes changes from '1' to '2'"
    assert "planted" not in str(reported)


def test_a_stack_that_is_as_it_should_be_is_left_alone(cloud: Stubber, stack: Stack) -> None:
    describe(cloud, "CREATE_COMPLETE")
    cloud.add_client_error("update_stack", "ValidationError", "No updates are to be performed.")

    stack.deploy("body", GIVEN)


def test_an_update_that_was_rolled_back_says_why(cloud: Stubber, stack: Stack) -> None:
    """A cluster is never replaced: CloudFormation refuses it for a cluster with a fixed name."""
    describe(cloud, "UPDATE_COMPLETE")
    cloud.add_response("update_stack", {"StackId": ID})
    describe(cloud, "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
    reason = "CloudFormation cannot update a stack when a custom-named resource requires replacing"
    events(
        cloud,
        (NAME, "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed"),
        ("Cluster", "UPDATE_FAILED", reason),
        (NAME, "UPDATE_IN_PROGRESS", ""),
    )

    with pytest.raises(ClusterError, match=f"could not be updated .*Cluster: {reason}"):
        stack.deploy("body", GIVEN)


def test_an_operation_of_somebody_else_is_waited_for(cloud: Stubber, stack: Stack) -> None:
    describe(cloud, "CREATE_IN_PROGRESS", "CREATE_COMPLETE")

    found = stack.find()

    assert found is not None
    assert found["StackStatus"] == "CREATE_COMPLETE"


def test_a_stack_that_failed_to_be_created_has_to_be_deleted_first(
    cloud: Stubber, stack: Stack
) -> None:
    describe(cloud, "ROLLBACK_COMPLETE")

    with pytest.raises(ClusterError, match=r"is ROLLBACK_COMPLETE: remove it with .* delete`"):
        stack.deploy("body", GIVEN)


@pytest.mark.parametrize("act", ["find", "deploy", "delete"])
def test_a_stack_of_another_template_is_not_touched(cloud: Stubber, stack: Stack, act: str) -> None:
    cloud.add_response("describe_stacks", described("CREATE_COMPLETE", Description="a website"))
    acts: dict[str, Callable[[], object]] = {
        "find": stack.find,
        "deploy": lambda: stack.deploy("body", GIVEN),
        "delete": lambda: stack.delete(final_snapshot=False),
    }

    with pytest.raises(ClusterError, match="is not of this project's template"):
        acts[act]()


def test_a_deletion_keeps_a_final_snapshot_by_default(cloud: Stubber, stack: Stack) -> None:
    describe(cloud, "UPDATE_COMPLETE")
    cloud.add_response("delete_stack", {}, {"StackName": ID})
    describe(cloud, "DELETE_IN_PROGRESS", "DELETE_COMPLETE")

    stack.delete(final_snapshot=True)


def test_without_a_snapshot_the_deployed_template_is_changed_first(
    cloud: Stubber, stack: Stack
) -> None:
    """CloudFormation may ignore a change of the policy alone, so a tag changes with it."""
    deployed = template.body()
    describe(cloud, "UPDATE_COMPLETE")
    cloud.add_response("get_template", {"TemplateBody": deployed}, {"StackName": ID})
    cloud.add_response(
        "update_stack",
        {"StackId": ID},
        {
            "StackName": ID,
            "TemplateBody": deployed.replace("DeletionPolicy: Snapshot", "DeletionPolicy: Delete"),
            "Parameters": [
                {"ParameterKey": "Name", "UsePreviousValue": True},
                {"ParameterKey": "Nodes", "UsePreviousValue": True},
                {"ParameterKey": "FinalSnapshot", "ParameterValue": "false"},
            ],
            "Capabilities": ["CAPABILITY_IAM"],
        },
    )
    describe(cloud, "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE")
    cloud.add_response("delete_stack", {}, {"StackName": ID})
    describe(cloud, "DELETE_COMPLETE")
    assert "  DeletionPolicy: Snapshot" in deployed

    stack.delete(final_snapshot=False)


def test_a_deletion_that_was_interrupted_can_be_repeated(cloud: Stubber, stack: Stack) -> None:
    describe(cloud, "UPDATE_COMPLETE")
    cloud.add_response("get_template", {"TemplateBody": "body"}, {"StackName": ID})
    cloud.add_client_error("update_stack", "ValidationError", "No updates are to be performed.")
    cloud.add_response("delete_stack", {}, {"StackName": ANY})
    describe(cloud, "DELETE_COMPLETE")

    stack.delete(final_snapshot=False)


def test_a_deletion_that_fails_names_what_is_in_the_way(cloud: Stubber, stack: Stack) -> None:
    describe(cloud, "CREATE_COMPLETE")
    cloud.add_response("delete_stack", {}, {"StackName": ID})
    describe(cloud, "DELETE_FAILED")
    events(
        cloud,
        ("SecurityGroup", "DELETE_FAILED", "resource sg-1 has a dependent object"),
        (NAME, "DELETE_IN_PROGRESS", ""),
    )

    with pytest.raises(ClusterError, match="could not be deleted .*SecurityGroup: resource sg-1"):
        stack.delete(final_snapshot=True)


def test_a_stack_that_does_not_exist_is_deleted_already(cloud: Stubber, stack: Stack) -> None:
    no_stack(cloud)

    stack.delete(final_snapshot=False)
