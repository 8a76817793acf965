"""What the SQL connection logs in with."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from sparkify_dagster.cluster.aws import Aws, ClusterError, explained
from sparkify_dagster.settings import RedshiftSettings, Settings


@dataclass(frozen=True)
class ConnectionCredentials:
    """User and password; `expires_at` (UTC) bounds new logins, not sessions; None for never."""

    user: str
    password: str = field(repr=False)
    expires_at: datetime | None = None


def connection_credentials(settings: Settings, aws: Aws | None = None) -> ConnectionCredentials:
    """Return credentials the way SPARKIFY_REDSHIFT_AUTH says. Raises ClusterError.

    With `iam` the database user is the IAM identity's own (`IAM:name`, `IAMR:role`), made by
    Redshift at its first login, with PUBLIC's rights and those of the identity's RedshiftDbRoles
    tag. Temporary passwords hold for 15 minutes.
    """
    redshift = settings.redshift
    if redshift.auth == "password":
        return ConnectionCredentials(redshift.user, redshift.password)
    aws = aws or Aws()
    if redshift.auth == "secret":
        return _from_secret(redshift, aws)
    if redshift.serverless:
        return _for_workgroup(redshift, aws)
    return _for_cluster(redshift, aws)


def _for_cluster(redshift: RedshiftSettings, aws: Aws) -> ConnectionCredentials:
    with explained("redshift", f"get a login to the cluster {redshift.cluster}"):
        got = aws.redshift.get_cluster_credentials_with_iam(
            ClusterIdentifier=redshift.cluster, DbName=redshift.database
        )
    return ConnectionCredentials(got["DbUser"], got["DbPassword"], got["Expiration"])


def _for_workgroup(redshift: RedshiftSettings, aws: Aws) -> ConnectionCredentials:
    with explained("redshift-serverless", f"get a login to the workgroup {redshift.workgroup}"):
        got = aws.serverless.get_credentials(
            workgroupName=redshift.workgroup, dbName=redshift.database
        )
    return ConnectionCredentials(got["dbUser"], got["dbPassword"], got["expiration"])


def _from_secret(redshift: RedshiftSettings, aws: Aws) -> ConnectionCredentials:
    with explained("secretsmanager", f"read the secret {redshift.secret_arn}"):
        text = aws.secrets.get_secret_value(SecretId=redshift.secret_arn).get("SecretString", "")
    try:
        secret = json.loads(text)
        return ConnectionCredentials(str(secret["username"]), str(secret["password"]))
    except (ValueError, KeyError, TypeError):
        # No cause: a JSONDecodeError carries the whole secret.
        raise ClusterError(
            f"the secret {redshift.secret_arn} is not JSON with username and password",
            "name a secret of Redshift's form in SPARKIFY_REDSHIFT_SECRET_ARN",
        ) from None
