"""The role of a COPY: Redshift assumes it, and reads with what it may read.

The service's own calls (looking at the role, assuming it, asking for a bucket's region) are made
beyond moto's enforced policies, for moto knows no service principals; reading is not.
"""

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sparkify_dagster_tests.redshift_stand_in.errors import RedshiftError
from sparkify_dagster_tests.redshift_stand_in.rules import documented

RULES = (
    documented(
        "COPY's role must be attached to the cluster and trust Redshift; files are read with what "
        "the role may read.",
        "copy-parameters-authorization",
    ),
)

if TYPE_CHECKING:
    from sparkify_dagster_tests.redshift_stand_in.server import RedshiftStandIn

_SERVICES = {"redshift.amazonaws.com", "redshift-serverless.amazonaws.com"}
_ENFORCING = threading.Lock()


@cache
def _session(region: str) -> Any:
    """Return one session a process: it reads the descriptions of AWS's services only once."""
    import boto3

    return boto3.Session(
        aws_access_key_id="redshift", aws_secret_access_key="redshift", region_name=region
    )


@cache
def _client(service: str, region: str, endpoint: str) -> Any:
    """Return the service's own client; to make one takes longer than what a COPY asks of it."""
    return _session(region).client(service, endpoint_url=endpoint)


def assumed_role(server: "RedshiftStandIn", role: str) -> Any:
    """Return an S3 client with the role's credentials, which are kept once it was assumed.

    Raises RedshiftError where the role is not attached to the cluster, is not there or does not
    trust Redshift.
    """
    if role == "default":
        role = _default_role(server)
    account = role.split(":")[4] if role.startswith("arn:aws:iam::") else ""
    refusal = RedshiftError(
        "XX000",
        f"User arn:aws:redshift:{server.region}:{account}:dbuser:stand-in/{server.user} "
        f"is not authorized to assume IAM Role {role}",
    )
    if server.iam_roles is not None and role not in server.iam_roles:
        raise refusal
    iam = _client("iam", server.region, server.s3_endpoint)
    with _beyond_policies(server.s3_endpoint):
        try:
            found = iam.get_role(RoleName=role.rsplit("/", 1)[-1])["Role"]
        except iam.exceptions.NoSuchEntityException as error:
            raise refusal from error
        if found["Arn"] != role or not _trusts_redshift(found["AssumeRolePolicyDocument"]):
            raise refusal
        if role not in server.assumed:
            server.assumed[role] = _assume(server, role)
    return server.assumed[role]


def _assume(server: "RedshiftStandIn", role: str) -> Any:
    sts = _client("sts", server.region, server.s3_endpoint)
    keys = sts.assume_role(RoleArn=role, RoleSessionName="redshift")["Credentials"]
    return _session(server.region).client(
        "s3",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        endpoint_url=server.s3_endpoint,
    )


def bucket_region(server: "RedshiftStandIn", bucket: str) -> str:
    """Return the region that a bucket is in; raises botocore's ClientError."""
    client = _client("s3", server.region, server.s3_endpoint)
    with _beyond_policies(server.s3_endpoint):
        location = client.get_bucket_location(Bucket=bucket)["LocationConstraint"]
    return str(location or "us-east-1")


def _default_role(server: "RedshiftStandIn") -> str:
    attached = list(server.iam_roles or [])
    if len(attached) != 1:
        raise RedshiftError("XX000", "The cluster has no default IAM role")
    return attached[0]


def _trusts_redshift(document: dict[str, Any]) -> bool:
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        named = {services} if isinstance(services, str) else set(services)
        if statement["Effect"] == "Allow" and named & _SERVICES:
            return True
    return False


@contextlib.contextmanager
def _beyond_policies(endpoint: str) -> Iterator[None]:
    with _ENFORCING:
        before = _free_actions(endpoint, "inf")
        try:
            yield
        finally:
            _free_actions(endpoint, before)


def _free_actions(endpoint: str, count: str) -> str:
    """Set how many requests moto lets pass before it enforces policies; return what it was."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc)
    try:
        connection.request("POST", "/moto-api/reset-auth", body=count)
        answer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return str(answer["PREVIOUS_INITIAL_NO_AUTH_ACTION_COUNT"])
