"""What moto skips: transitions that take their time or end badly; botocore's Stubber answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from sparkify_dagster.cluster import ClusterError, Watch, create, delete, pause, resume
from sparkify_dagster.settings import Settings
from sparkify_dagster_tests.cluster.conftest import IMPATIENT, Account, with_redshift

OURS = [{"Key": "sparkify-dagster", "Value": "cluster/sparkify"}]
ROLE = "arn:aws:iam::123456789012:role/given"
BY_NAME = {"ClusterIdentifier": "sparkify"}


@pytest.fixture
def redshift(account: Account) -> Iterator[Stubber]:
    with Stubber(account.aws.redshift) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def cluster(status: str, **more: Any) -> dict[str, Any]:
    described = {
        "ClusterIdentifier": "sparkify",
        "ClusterStatus": status,
        "NodeType": "ra3.large",
        "NumberOfNodes": 1,
        "Tags": OURS,
        **more,
    }
    return {"Clusters": [described]}


def attached(status: str) -> dict[str, Any]:
    return cluster("available", IamRoles=[{"IamRoleArn": ROLE, "ApplyStatus": status}])


def describe(stubber: Stubber, *answers: dict[str, Any]) -> None:
    for answer in answers:
        stubber.add_response("describe_clusters", answer, BY_NAME)


def not_found(stubber: Stubber) -> None:
    stubber.add_client_error("describe_clusters", "ClusterNotFound", expected_params=BY_NAME)


def test_resuming_waits_for_a_pause_to_end_first(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, cluster("pausing"), cluster("paused"), cluster("paused"))
    redshift.add_response("resume_cluster", {}, BY_NAME)
    describe(redshift, cluster("paused"), cluster("resuming"), *[cluster("available")] * 2)
    told: list[str] = []

    state = resume(settings, Watch(told.append, poll_seconds=0), account.aws)

    assert state.available
    assert [message.split(": ")[1].split()[0] for message in told] == [
        "pausing",
        "paused",
        "paused",
        "resuming",
        "available",
    ]


def test_a_pause_under_way_is_waited_for_and_not_asked_for_again(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, cluster("pausing"), cluster("pausing"), cluster("pausing"))
    describe(redshift, cluster("paused"), cluster("paused"))

    assert pause(settings, IMPATIENT, account.aws).state == "paused"


def test_a_resize_at_its_end_counts_as_available(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, cluster("resizing"), *[cluster("available, resize-cleanup")] * 3)

    assert resume(settings, IMPATIENT, account.aws).available


def test_a_cluster_being_made_has_no_endpoint_and_is_waited_for(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    endpoint = {"Address": "sparkify.example", "Port": 5439}
    theirs = [cluster("creating", Tags=[])] * 2
    describe(redshift, *theirs, *[cluster("available", Tags=[], Endpoint=endpoint)] * 3)

    assert create(settings, IMPATIENT, account.aws).host == "sparkify.example"


def test_waiting_ends_with_the_limit_and_says_what_was_seen_last(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, cluster("resuming"))

    with pytest.raises(ClusterError, match="cluster sparkify is still resuming after 0 minutes"):
        resume(settings, Watch(limit_seconds=0), account.aws)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("incompatible-network", "has failed: incompatible-network"),
        ("hardware-failure", "has failed: hardware-failure"),
        ("deleting", "is being deleted"),
        ("final-snapshot", "is being deleted"),
    ],
)
def test_a_status_that_will_not_get_better_is_not_waited_for(
    account: Account, redshift: Stubber, settings: Settings, status: str, message: str
) -> None:
    describe(redshift, cluster(status))

    with pytest.raises(ClusterError, match=message):
        resume(settings, IMPATIENT, account.aws)


def test_a_role_that_the_projects_cluster_lacks_is_attached_and_waited_for(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, *[cluster("available")] * 4)
    redshift.add_response("modify_cluster_iam_roles", {}, {**BY_NAME, "AddIamRoles": [ROLE]})
    describe(redshift, attached("adding"), attached("in-sync"), attached("in-sync"))

    state = create(with_redshift(settings, iam_role_arn=ROLE), IMPATIENT, account.aws)

    assert state.attached_roles == (ROLE,)


def test_a_deletion_under_way_is_waited_for_and_not_asked_for_again(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    describe(redshift, cluster("final-snapshot"), cluster("deleting"))
    not_found(redshift)
    redshift.add_client_error("describe_cluster_subnet_groups", "ClusterSubnetGroupNotFoundFault")

    assert delete(settings, "sparkify", watch=IMPATIENT, aws=account.aws) == ["cluster sparkify"]


def test_the_security_group_goes_when_the_clusters_interfaces_have_let_it_go(
    account: Account, redshift: Stubber, settings: Settings
) -> None:
    not_found(redshift)
    redshift.add_client_error("describe_cluster_subnet_groups", "ClusterSubnetGroupNotFoundFault")
    with Stubber(account.aws.ec2) as ec2:
        ec2.add_response("describe_security_groups", {"SecurityGroups": [{"GroupId": "sg-1"}]})
        ec2.add_client_error("delete_security_group", "DependencyViolation")
        ec2.add_response("delete_security_group", {}, {"GroupId": "sg-1"})

        removed = delete(settings, "sparkify", watch=IMPATIENT, aws=account.aws)

    assert removed == ["security group sg-1"]
