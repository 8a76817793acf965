"""What the doctor finds, against moto and a real listening socket."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from botocore.stub import Stubber

from sparkify_dagster.cluster import Finding, check_aws, create, pause
from sparkify_dagster.settings import Settings
from sparkify_dagster_tests.cluster.conftest import (
    IMPATIENT,
    Account,
    recorded_account,
    with_redshift,
)

ROLE = "sparkify-cluster-sparkify-us-east-1"


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


def test_before_the_cluster_is_made_the_doctor_says_how_to_make_it(
    buckets: Account, settings: Settings
) -> None:
    found = findings(settings, buckets)

    assert [name for name, finding in found.items() if not finding.ok] == ["cluster"]
    assert found["cluster"].remedy == "run `sparkify cluster create`"
    assert not found["cluster"].detail.endswith(".")


def test_a_missing_bucket_and_an_empty_source_are_told_apart(
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
    assert buckets.parameters("DeleteObject")["Key"].startswith("control/sparkify-doctor-")


def test_a_control_prefix_that_is_not_writable_names_the_permission(
    buckets: Account, settings: Settings
) -> None:
    with Stubber(buckets.aws.s3) as s3:
        s3.add_response("list_objects_v2", {"KeyCount": 1})
        s3.add_client_error("put_object", "AccessDenied")
        finding = findings(settings, buckets)["control prefix"]

    assert not finding.ok
    assert finding.remedy == "allow s3:PutObject to the identity that runs this"


def test_a_cluster_as_it_should_be_has_its_role_and_its_way_in(
    buckets: Account, settings: Settings
) -> None:
    create(settings, IMPATIENT, recorded_account().aws)

    found = findings(settings, buckets)

    assert {name for name, finding in found.items() if finding.ok} >= {
        "cluster",
        "role",
        "security group",
        "login",
    }
    assert found["role"].detail.endswith("the source and control prefixes and nothing else")
    assert found["security group"].detail.endswith("lets in 10.1.0.0/16")
    # Moto's endpoint is a name that nobody resolves.
    assert "does not answer" in found["endpoint"].detail
    assert "SPARKIFY_REDSHIFT_ALLOWED_CIDR" in found["endpoint"].remedy


def test_a_paused_cluster_is_to_be_resumed(buckets: Account, settings: Settings) -> None:
    create(settings, IMPATIENT, buckets.aws)
    pause(settings, IMPATIENT, buckets.aws)

    assert findings(settings, buckets)["cluster"].remedy == "run `sparkify cluster resume`"


def test_a_policy_for_another_source_is_told(buckets: Account, settings: Settings) -> None:
    create(settings, IMPATIENT, buckets.aws)

    finding = findings(replace(settings, source="s3://music/elsewhere"), buckets)["role"]

    assert not finding.ok
    assert "delete its inline policy read-source-and-control" in finding.remedy


def test_a_role_of_the_settings_that_the_cluster_lacks_is_told(
    buckets: Account, settings: Settings
) -> None:
    create(settings, IMPATIENT, buckets.aws)
    given = "arn:aws:iam::123456789012:role/given"

    finding = findings(with_redshift(settings, iam_role_arn=given), buckets)["role"]

    assert finding.detail == f"sparkify has not the role {given}"


def test_a_security_group_that_was_opened_by_hand_is_told(
    buckets: Account, settings: Settings
) -> None:
    create(settings, IMPATIENT, buckets.aws)
    ec2 = buckets.aws.ec2
    [group] = ec2.describe_security_groups(GroupNames=["sparkify-cluster-sparkify"])[
        "SecurityGroups"
    ]
    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"],
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )

    finding = findings(settings, buckets)["security group"]

    assert finding.detail.endswith("also lets in 0.0.0.0/0")


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
    assert found["endpoint"].detail == f"127.0.0.1:{listening} answers"
    assert "planted" not in repr(found)
