"""Serverless, which moto has not: botocore's Stubber answers; role and network are moto's."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from sparkify_dagster.cluster import ClusterError, Watch, create, delete, pause, status
from sparkify_dagster.settings import Settings
from sparkify_dagster_tests.cluster.conftest import IMPATIENT, Account, with_redshift

ROLE = "arn:aws:iam::123456789012:role/sparkify-workgroup-group-us-east-1"
WORKGROUP_ARN = "arn:aws:redshift-serverless:us-east-1:123456789012:workgroup/1"
NAMESPACE_ARN = "arn:aws:redshift-serverless:us-east-1:123456789012:namespace/1"
OURS = [{"key": "sparkify-dagster", "value": "workgroup/group"}]


class Answers:
    """The answers that the service is to give, in order; an unexpected call fails the test."""

    def __init__(self, stubber: Stubber) -> None:
        self.stubber = stubber

    def workgroup(self, *states: str) -> None:
        """Describe the workgroup once for each state."""
        for state in states:
            described = {
                "workgroupName": "group",
                "workgroupArn": WORKGROUP_ARN,
                "namespaceName": "group",
                "status": state,
                "baseCapacity": 4,
                "endpoint": {"address": "group.example", "port": 5439},
            }
            self.stubber.add_response(
                "get_workgroup", {"workgroup": described}, {"workgroupName": "group"}
            )

    def namespace(self, *states: str, role: str = ROLE, applied: str = "in-sync") -> None:
        """Describe the namespace once for each state."""
        for state in states:
            described = {
                "namespaceName": "group",
                "namespaceArn": NAMESPACE_ARN,
                "status": state,
                "iamRoles": [f"IamRole(applyStatus={applied}, iamRoleArn={role})"],
                "adminPasswordSecretArn": "arn:aws:secretsmanager:secret",
            }
            self.stubber.add_response(
                "get_namespace", {"namespace": described}, {"namespaceName": "group"}
            )

    def missing(self, *operations: str) -> None:
        """Find nothing."""
        for operation in operations:
            self.stubber.add_client_error(operation, "ResourceNotFoundException")

    def tags(self, arn: str, tags: list[dict[str, str]]) -> None:
        """Give the tags of one resource."""
        self.stubber.add_response("list_tags_for_resource", {"tags": tags}, {"resourceArn": arn})

    def limits(self, *amounts: int) -> None:
        """Give the usage limits."""
        self.stubber.add_response(
            "list_usage_limits",
            {"usageLimits": [{"amount": amount} for amount in amounts]} if amounts else {},
            {"resourceArn": WORKGROUP_ARN, "usageType": "serverless-compute"},
        )

    def change(self, operation: str, **expected: Any) -> None:
        """Let one change pass, with exactly these parameters."""
        verb, _, what = operation.partition("_")
        # The stubber insists on what the service always answers; the code does not look at it.
        answer: dict[str, Any] = {what: {}} if verb in ("delete", "update") else {}
        self.stubber.add_response(operation, answer, expected)

    def state(self, tags: list[dict[str, str]], state: str = "AVAILABLE") -> None:
        """Answer one look at the state."""
        self.workgroup(state)
        self.namespace("AVAILABLE")
        self.tags(WORKGROUP_ARN, tags)


@pytest.fixture
def answers(account: Account) -> Iterator[Answers]:
    with Stubber(account.aws.serverless) as stubber:
        yield Answers(stubber)
        stubber.assert_no_pending_responses()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return with_redshift(settings, workgroup="group")


def expect_namespace_made(answers: Answers) -> None:
    answers.missing("get_namespace")
    answers.change(
        "create_namespace",
        namespaceName="group",
        dbName="sparkify",
        adminUsername="sparkify",
        manageAdminPassword=True,
        iamRoles=[ROLE],
        tags=OURS,
    )
    answers.namespace("MODIFYING", "AVAILABLE")


def expect_workgroup_made(answers: Answers) -> None:
    answers.change(
        "create_workgroup",
        workgroupName="group",
        namespaceName="group",
        baseCapacity=4,
        port=5439,
        publiclyAccessible=False,
        securityGroupIds=ANY,
        tags=OURS,
    )
    answers.workgroup("CREATING", "AVAILABLE", "AVAILABLE")
    answers.limits()
    answers.change(
        "create_usage_limit",
        resourceArn=WORKGROUP_ARN,
        usageType="serverless-compute",
        amount=32,
        period="daily",
        breachAction="deactivate",
    )
    answers.namespace("AVAILABLE")
    answers.state(OURS)


def test_a_workgroup_is_made_at_the_least_capacity_with_a_daily_limit(
    account: Account, answers: Answers, settings: Settings
) -> None:
    answers.missing("get_workgroup")
    expect_namespace_made(answers)
    expect_workgroup_made(answers)

    state = create(settings, IMPATIENT, account.aws)

    assert (state.kind, state.state, state.created_by_us) == ("serverless", "available", True)
    assert (state.host, state.port) == ("group.example", 5439)
    assert (state.node_type, state.nodes, state.estimated_usd_per_hour) == ("RPU", 4, 1.5)
    assert state.role_arn == ROLE
    assert state.admin_secret_arn == "arn:aws:secretsmanager:secret"
    assert account.aws.iam.get_role(RoleName=ROLE.split("/")[1])


def test_a_creation_that_stopped_after_the_namespace_goes_on(
    account: Account, answers: Answers, settings: Settings
) -> None:
    answers.missing("get_workgroup")
    answers.namespace("AVAILABLE")
    answers.tags(NAMESPACE_ARN, OURS)
    expect_workgroup_made(answers)

    assert create(settings, IMPATIENT, account.aws).available


def test_a_namespace_that_others_made_gets_no_workgroup(
    account: Account, answers: Answers, settings: Settings
) -> None:
    answers.missing("get_workgroup")
    answers.namespace("AVAILABLE")
    answers.tags(NAMESPACE_ARN, [])

    with pytest.raises(ClusterError, match=r"the namespace group .* not made by this project"):
        create(settings, IMPATIENT, account.aws)


def test_a_second_create_changes_nothing(
    account: Account, answers: Answers, settings: Settings
) -> None:
    answers.state(OURS)
    answers.workgroup("AVAILABLE", "AVAILABLE")
    answers.limits(100)
    answers.namespace("AVAILABLE")
    answers.state(OURS)

    assert create(settings, IMPATIENT, account.aws).available


def test_a_role_that_the_namespace_lacks_is_added_to_those_it_has(
    account: Account, answers: Answers, settings: Settings
) -> None:
    theirs = "arn:aws:iam::123456789012:role/theirs"
    answers.state(OURS)
    answers.workgroup("AVAILABLE", "AVAILABLE")
    answers.limits(100)
    answers.namespace("AVAILABLE", role=theirs)
    answers.change("update_namespace", namespaceName="group", iamRoles=[theirs, ROLE])
    answers.namespace("AVAILABLE", applied="adding")
    answers.namespace("AVAILABLE")
    answers.state(OURS)

    assert create(settings, IMPATIENT, account.aws).role_arn == ROLE


def test_a_workgroup_that_others_made_is_only_used(
    account: Account, answers: Answers, settings: Settings
) -> None:
    answers.state([])
    answers.workgroup("AVAILABLE")
    answers.state([])

    assert not create(settings, IMPATIENT, account.aws).created_by_us
    assert account.changes == []


def test_pausing_a_workgroup_says_that_it_pauses_by_itself(
    account: Account, answers: Answers, settings: Settings
) -> None:
    answers.workgroup("AVAILABLE")
    answers.state(OURS)
    told: list[str] = []

    pause(settings, Watch(told.append), account.aws)

    assert told == ["workgroup group costs nothing while no query runs"]


def test_where_there_is_no_workgroup_the_status_is_none(
    account: Account, answers: Answers, settings: Settings
) -> None:
    answers.missing("get_workgroup")

    assert status(settings, account.aws) is None


@pytest.mark.parametrize("keep", [True, False])
def test_deletion_waits_for_the_workgroup_then_removes_the_namespace(
    account: Account, answers: Answers, settings: Settings, keep: bool
) -> None:
    answers.workgroup("AVAILABLE")
    answers.namespace("AVAILABLE")
    answers.tags(WORKGROUP_ARN, OURS)
    answers.tags(NAMESPACE_ARN, OURS)
    answers.change("delete_workgroup", workgroupName="group")
    answers.workgroup("DELETING")
    answers.missing("get_workgroup")
    snapshot = {"finalSnapshotName": ANY} if keep else {}
    answers.change("delete_namespace", namespaceName="group", **snapshot)
    answers.namespace("DELETING")
    answers.missing("get_namespace")

    removed = delete(settings, "group", final_snapshot=keep, watch=IMPATIENT, aws=account.aws)

    assert removed[0] == "workgroup group"
    assert removed[1].startswith("namespace group")
    assert ("snapshot group-final-" in removed[1]) is keep


def test_nothing_is_deleted_where_the_namespace_is_not_the_projects(
    account: Account, answers: Answers, settings: Settings
) -> None:
    answers.workgroup("AVAILABLE")
    answers.namespace("AVAILABLE")
    answers.tags(WORKGROUP_ARN, OURS)
    answers.tags(NAMESPACE_ARN, [])

    with pytest.raises(ClusterError, match=r"the namespace group .* not made by this project"):
        delete(settings, "group", watch=IMPATIENT, aws=account.aws)

    assert [name for name in account.changes if name.startswith("Delete")] == []


def test_a_deletion_that_stopped_after_the_workgroup_goes_on(
    account: Account, answers: Answers, settings: Settings
) -> None:
    answers.missing("get_workgroup")
    answers.namespace("DELETING")
    answers.tags(NAMESPACE_ARN, OURS)
    answers.missing("get_namespace")

    assert delete(settings, "group", watch=IMPATIENT, aws=account.aws) == ["namespace group"]
