"""AWS's errors, with what to do about them."""

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.stub import Stubber

from sparkify_dagster.cluster import Aws, ClusterError, connection_credentials, status
from sparkify_dagster.cluster.aws import bucket_and_prefix, bucket_region, explained
from sparkify_dagster.settings import Settings
from sparkify_dagster_tests.cluster.conftest import Account


def test_without_a_region_the_error_says_how_to_set_one(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    with pytest.raises(ClusterError, match="no AWS region is set: set AWS_REGION"):
        status(settings)


def test_the_region_is_that_of_aws_region_before_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found: boto3 does not know AWS_REGION, which the README and the errors name."""
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert Aws().region == "eu-north-1"
    assert Aws().s3.meta.region_name == "eu-north-1"
    monkeypatch.delenv("AWS_REGION")
    assert Aws().region == "us-east-1"


def test_without_credentials_the_error_says_what_to_check(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    with pytest.raises(ClusterError, match="check the AWS credentials") as caught:
        status(settings)

    assert isinstance(caught.value.__cause__, NoCredentialsError)


def test_a_profile_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    with pytest.raises(ClusterError, match=r"nobody.*set AWS_PROFILE"):
        status(settings)


def test_an_endpoint_that_does_not_answer_is_named(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    with pytest.raises(ClusterError, match=r"127.0.0.1:9.*check the network"):
        status(settings)


def test_a_response_that_is_not_awss_is_reported_without_quoting_it(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Moto answers what it does not know with a web page, as a proxy would."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    with pytest.raises(
        ClusterError, match="the response is not AWS's: check the network"
    ) as caught:
        connection_credentials(settings)

    assert "html" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AccessDenied", "allow redshift:DescribeClusters to the identity that runs this"),
        ("ExpiredToken", "renew the AWS credentials"),
        ("InvalidClientTokenId", "check the AWS credentials"),
        ("SomethingNew", "correct what AWS names there"),
    ],
)
def test_a_refusal_says_what_to_do_and_keeps_its_cause(
    account: Account, settings: Settings, code: str, remedy: str
) -> None:
    with Stubber(account.aws.redshift) as redshift:
        redshift.add_client_error("describe_clusters", code, "As AWS says.")
        with pytest.raises(ClusterError, match=f"As AWS says \\({code}\\): {remedy}") as caught:
            status(settings, account.aws)

    assert isinstance(caught.value.__cause__, ClientError)


def test_listing_is_allowed_by_the_action_that_iam_has_for_it(account: Account) -> None:
    with Stubber(account.aws.s3) as s3:
        s3.add_client_error("list_objects_v2", "AccessDenied")
        with (
            pytest.raises(ClusterError, match="allow s3:ListBucket"),
            explained("s3", "list s3://music"),
        ):
            account.aws.s3.list_objects_v2(Bucket="music")


def test_a_refusal_names_the_action_of_its_message_before_that_of_the_call(
    account: Account,
) -> None:
    """Found by review: before the fix, a refused iam:PassRole was reported as the call's action."""
    message = (
        "User: arn:aws:iam::1:user/a is not authorized to perform: iam:PassRole on resource: r"
    )
    with Stubber(account.aws.cloudformation) as cloudformation:
        cloudformation.add_client_error("create_stack", "AccessDenied", message)
        with (
            pytest.raises(ClusterError, match="allow iam:PassRole to the identity"),
            explained("cloudformation", "create the stack"),
        ):
            account.aws.cloudformation.create_stack(StackName="name")


def test_the_region_of_a_bucket_is_known_even_if_it_may_not_be_read(account: Account) -> None:
    with Stubber(account.aws.s3) as s3:
        s3.add_client_error(
            "head_bucket", "403", response_meta={"HTTPHeaders": {"x-amz-bucket-region": "eu-1"}}
        )
        assert bucket_region("s3://music/sparkify", account.aws) == "eu-1"


def test_a_place_without_a_prefix_is_a_whole_bucket() -> None:
    assert bucket_and_prefix("s3://music/sparkify/") == ("music", "sparkify")
    assert bucket_and_prefix("s3://music") == ("music", "")
