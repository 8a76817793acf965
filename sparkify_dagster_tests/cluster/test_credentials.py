"""What the SQL connection logs in with."""

import json
from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from sparkify_dagster.cluster import ClusterError, connection_credentials
from sparkify_dagster.settings import Settings
from sparkify_dagster_tests.cluster.conftest import Account, with_redshift

PLANTED = "planted-Secret-7"
UNTIL = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_cluster_gives_a_temporary_login(account: Account, settings: Settings) -> None:
    with Stubber(account.aws.redshift) as redshift:
        redshift.add_response(
            "get_cluster_credentials_with_iam",
            {"DbUser": "IAMR:loader", "DbPassword": PLANTED, "Expiration": UNTIL},
            {"ClusterIdentifier": "sparkify", "DbName": "sparkify"},
        )
        got = connection_credentials(settings, account.aws)

    assert (got.user, got.password, got.expires_at) == ("IAMR:loader", PLANTED, UNTIL)


def test_a_workgroup_gives_a_temporary_login(account: Account, settings: Settings) -> None:
    with Stubber(account.aws.serverless) as serverless:
        serverless.add_response(
            "get_credentials",
            {"dbUser": "IAMR:loader", "dbPassword": PLANTED, "expiration": UNTIL},
            {"workgroupName": "group", "dbName": "sparkify"},
        )
        got = connection_credentials(with_redshift(settings, workgroup="group"), account.aws)

    assert (got.user, got.password, got.expires_at) == ("IAMR:loader", PLANTED, UNTIL)


def test_a_secret_gives_its_user_and_password(account: Account, settings: Settings) -> None:
    arn = account.aws.secrets.create_secret(
        Name="admin", SecretString=json.dumps({"username": "admin", "password": PLANTED})
    )["ARN"]

    got = connection_credentials(
        with_redshift(settings, auth="secret", secret_arn=arn), account.aws
    )

    assert (got.user, got.password, got.expires_at) == ("admin", PLANTED, None)


def test_the_password_of_the_settings_needs_no_aws(settings: Settings) -> None:
    got = connection_credentials(
        with_redshift(settings, auth="password", password=PLANTED, user="loader")
    )

    assert (got.user, got.password, got.expires_at) == ("loader", PLANTED, None)
    assert PLANTED not in repr(got)


@pytest.mark.parametrize(
    "text", [PLANTED, json.dumps({"key": PLANTED}), json.dumps([PLANTED]), json.dumps(PLANTED)]
)
def test_a_secret_of_another_form_is_refused_without_being_shown(
    account: Account, settings: Settings, text: str
) -> None:
    arn = account.aws.secrets.create_secret(Name="odd", SecretString=text)["ARN"]

    with pytest.raises(ClusterError, match="not JSON with username and password") as caught:
        connection_credentials(with_redshift(settings, auth="secret", secret_arn=arn), account.aws)

    assert PLANTED not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_login_that_is_not_allowed_names_the_permission(
    account: Account, settings: Settings
) -> None:
    with Stubber(account.aws.redshift) as redshift:
        redshift.add_client_error("get_cluster_credentials_with_iam", "AccessDenied", "no")
        with pytest.raises(ClusterError, match="allow redshift:GetClusterCredentialsWithIAM"):
            connection_credentials(settings, account.aws)
