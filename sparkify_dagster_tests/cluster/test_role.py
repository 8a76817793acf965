"""What the role may read, said by its policy and enforced by moto."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import moto.settings
import pytest
from botocore.exceptions import ClientError

from sparkify_dagster.cluster import create
from sparkify_dagster.cluster.role import policy_document
from sparkify_dagster.settings import Settings
from sparkify_dagster_tests.cluster.conftest import IMPATIENT, Account

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OBJECTS = {
    "music": ["sparkify/log_data/2018/11/a.json", "sparkify-private/b.json", "c.json"],
    "workshop": ["control/manifests/d.json", "control.json", "elsewhere/e.json"],
    "other": ["sparkify/f.json"],
}
READABLE = {("music", OBJECTS["music"][0]), ("workshop", OBJECTS["workshop"][0])}


def statements(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in document["Statement"]}


@pytest.fixture
def as_the_role(
    account: Account, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> "S3Client":
    """S3 as the role sees it, with policies enforced."""
    for bucket, keys in OBJECTS.items():
        account.aws.s3.create_bucket(Bucket=bucket)
        for key in keys:
            account.aws.s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
    role = create(settings, IMPATIENT, account.aws).role_arn
    login = account.aws.sts.assume_role(RoleArn=role, RoleSessionName="copy")["Credentials"]
    monkeypatch.setattr(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
    return boto3.client(
        "s3",
        aws_access_key_id=login["AccessKeyId"],
        aws_secret_access_key=login["SecretAccessKey"],
        aws_session_token=login["SessionToken"],
    )


def allowed(call: Any, **parameters: str) -> bool:
    try:
        call(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDenied":
            return False
        raise
    return True


def test_the_role_gets_objects_under_source_and_control_and_nowhere_else(
    as_the_role: "S3Client",
) -> None:
    read = {
        (bucket, key)
        for bucket, keys in OBJECTS.items()
        for key in keys
        if allowed(as_the_role.get_object, Bucket=bucket, Key=key)
    }

    assert read == READABLE


def test_the_role_lists_only_the_buckets_of_source_and_control(as_the_role: "S3Client") -> None:
    listed = {
        bucket
        for bucket in OBJECTS
        if allowed(as_the_role.list_objects_v2, Bucket=bucket, Prefix="sparkify/")
    }

    assert listed == {"music", "workshop"}


@pytest.mark.parametrize(("bucket", "key"), sorted(READABLE))
def test_the_role_writes_and_removes_nothing(
    as_the_role: "S3Client", bucket: str, key: str
) -> None:
    assert not allowed(as_the_role.put_object, Bucket=bucket, Key=key)
    assert not allowed(as_the_role.delete_object, Bucket=bucket, Key=key)


def test_listing_is_bound_to_the_prefixes(settings: Settings) -> None:
    """Moto passes no condition values, so the document itself is looked at."""
    listing = {
        sid: statement
        for sid, statement in statements(policy_document(settings, "aws")).items()
        if statement["Action"] == "s3:ListBucket"
    }

    assert {statement["Resource"]: statement["Condition"] for statement in listing.values()} == {
        "arn:aws:s3:::music": {"StringLike": {"s3:prefix": "sparkify/*"}},
        "arn:aws:s3:::workshop": {"StringLike": {"s3:prefix": "control/*"}},
    }


def test_the_policy_allows_three_actions_and_no_more(settings: Settings) -> None:
    found = statements(policy_document(settings, "aws")).values()

    assert {statement["Action"] for statement in found} == {
        "s3:GetObject",
        "s3:ListBucket",
        "s3:GetBucketLocation",
    }
    assert all(statement["Effect"] == "Allow" for statement in found)


def test_only_redshift_may_take_the_role(account: Account, settings: Settings) -> None:
    create(settings, IMPATIENT, account.aws)

    trust: Any = account.aws.iam.get_role(RoleName="sparkify-cluster-sparkify-us-east-1")["Role"][
        "AssumeRolePolicyDocument"
    ]
    assert [statement["Principal"] for statement in trust["Statement"]] == [
        {"Service": ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]}
    ]


def test_a_source_that_is_a_whole_bucket_is_that_bucket_alone(settings: Settings) -> None:
    found = statements(policy_document(replace(settings, source="s3://music"), "aws-cn"))

    assert found["ReadSource"]["Resource"] == "arn:aws-cn:s3:::music/*"
    assert found["ListSource"]["Condition"] == {"StringLike": {"s3:prefix": "*"}}


def test_a_star_or_a_dollar_in_a_prefix_opens_nothing_else(settings: Settings) -> None:
    found = statements(policy_document(replace(settings, source="s3://music/a*$b"), "aws"))

    assert found["ReadSource"]["Resource"] == "arn:aws:s3:::music/a${*}${$}b/*"
    assert found["ListSource"]["Condition"] == {"StringLike": {"s3:prefix": "a${*}${$}b/*"}}
