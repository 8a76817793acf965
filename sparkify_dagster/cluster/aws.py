"""AWS's clients, and AWS's errors with what to do about them.

Region, credentials and endpoint come from AWS's own chain: environment, profile, instance role,
`AWS_ENDPOINT_URL`; and from AWS_REGION, which AWS's other SDKs know and boto3 does not. boto3 is
imported when the first client is needed.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from typing import TYPE_CHECKING

from sparkify_dagster.errors import SparkifyError

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.loaders import Loader
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_redshift import RedshiftClient
    from mypy_boto3_redshift_serverless import RedshiftServerlessClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sts import STSClient

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_DENIED_ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)")
_ACTIONS = {"s3:ListObjectsV2": "s3:ListBucket"}
_CREDENTIALS = "check the AWS credentials that the environment or the profile gives"
_RENEW = "renew the AWS credentials (with SSO: aws sso login)"
_REGION = "set AWS_REGION, or a region in the AWS profile"
_NETWORK = "check the network, its proxy, AWS_REGION and AWS_ENDPOINT_URL"
_NAME = "check its name in the settings, and the region"
_UNKNOWN = "correct what AWS names there, then repeat"
_REMEDIES = {
    "AuthFailure": _CREDENTIALS,
    "InvalidAccessKeyId": _CREDENTIALS,
    "InvalidClientTokenId": _CREDENTIALS,
    "SignatureDoesNotMatch": _CREDENTIALS,
    "UnrecognizedClientException": _CREDENTIALS,
    "ExpiredToken": _RENEW,
    "ExpiredTokenException": _RENEW,
    "RequestExpired": _RENEW,
    "NoSuchBucket": "check the bucket's name in SPARKIFY_SOURCE and SPARKIFY_CONTROL",
    "PermanentRedirect": "set AWS_REGION to the bucket's region",
    "ClusterNotFound": _NAME,
    "ResourceNotFoundException": _NAME,
    "InvalidClusterState": "wait until the cluster is available, then repeat",
    "InvalidSubnetID.NotFound": "check SPARKIFY_REDSHIFT_SUBNET_IDS",
    "Throttling": "repeat in a few minutes",
    "ThrottlingException": "repeat in a few minutes",
}


class ClusterError(SparkifyError):
    """An error of AWS or of the cluster's settings.

    `fault` is what is wrong, `remedy` what to do.
    """

    def __init__(self, fault: str, remedy: str) -> None:
        super().__init__(fault, remedy)
        self.fault = fault
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.fault}: {self.remedy}"


@cache
def _descriptions(search_path: str | None) -> "Loader":
    """Return the loader of the service descriptions: each session would read them again."""
    from botocore.loaders import create_loader

    return create_loader(search_path)


def _new_session() -> "Session":
    from boto3.session import Session
    from botocore.session import get_session

    core = get_session()
    core.register_component("data_loader", _descriptions(core.get_config_variable("data_path")))
    return Session(botocore_session=core, region_name=os.environ.get("AWS_REGION") or None)


class Aws:
    """The clients of one session, each created when first used."""

    def __init__(self, session: "Session | None" = None) -> None:
        self._given = session

    @cached_property
    def session(self) -> "Session":
        """The session that was given, or one from AWS's own chain."""
        with explained("sts", "read the AWS configuration"):
            return self._given or _new_session()

    @property
    def region(self) -> str:
        """The region that AWS's chain names; raises ClusterError if it names none."""
        region = self.session.region_name
        if not region:
            raise ClusterError("no AWS region is set", _REGION)
        return region

    @cached_property
    def account(self) -> str:
        """The number of the account of these credentials; raises ClusterError.

        Writes to S3 name it as the bucket's expected owner: a bucket that was deleted, and created
        again by somebody else, takes nothing of ours.
        """
        with explained("sts", "read whose credentials these are"):
            return self.sts.get_caller_identity()["Account"]

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """Stacks."""
        return self.session.client("cloudformation", config=_config())

    @cached_property
    def redshift(self) -> "RedshiftClient":
        """Provisioned clusters."""
        return self.session.client("redshift", config=_config())

    @cached_property
    def serverless(self) -> "RedshiftServerlessClient":
        """Serverless namespaces and workgroups."""
        return self.session.client("redshift-serverless", config=_config())

    @cached_property
    def ec2(self) -> "EC2Client":
        """Subnets, route tables and VPC endpoints."""
        return self.session.client("ec2", config=_config())

    @cached_property
    def s3(self) -> "S3Client":
        """Source and control buckets."""
        return self.session.client("s3", config=_config())

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """Secrets Manager."""
        return self.session.client("secretsmanager", config=_config())

    @cached_property
    def sts(self) -> "STSClient":
        """The caller's identity."""
        return self.session.client("sts", config=_config())


@contextmanager
def explained(service: str, doing: str) -> Iterator[None]:
    """Turn botocore's errors into ClusterError; the cause is kept if it can hold no secret.

    `service` is the prefix of the service's IAM actions; `doing` follows the word "cannot".
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        raise _refusal(service, doing, error) from error
    except BotoCoreError as error:
        raise ClusterError(f"cannot {doing}: {error}", _local_remedy(error)) from error
    except ResponseParserError:
        # A proxy's page, for example. No cause: it quotes the whole response.
        raise ClusterError(f"cannot {doing}: the response is not AWS's", _NETWORK) from None


def error_code(error: "ClientError") -> str:
    """Return AWS's name for the error."""
    return error.response.get("Error", {}).get("Code", "")


def error_message(error: "ClientError") -> str:
    """Return AWS's message, without a full stop at its end."""
    return error.response.get("Error", {}).get("Message", "").rstrip(". ")


def missing_permission(message: str) -> str:
    """Return what to do if a message of AWS names an action that is not allowed, else ""."""
    denied = _DENIED_ACTION.search(message)
    return f"allow {denied.group(1)} to the identity that runs this" if denied else ""


def bucket_and_prefix(place: str) -> tuple[str, str]:
    """Split `s3://bucket/prefix`; the prefix has no slash at its end and may be empty."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    return bucket, prefix.rstrip("/")


def bucket_region(place: str, aws: Aws) -> str:
    """Return the region of a bucket; S3 names it even to those who may not read the bucket."""
    from botocore.exceptions import ClientError

    header = "x-amz-bucket-region"
    bucket, _ = bucket_and_prefix(place)
    with explained("s3", f"find the region of the bucket {bucket}"):
        try:
            headers = aws.s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"]
        except ClientError as error:
            headers = error.response["ResponseMetadata"]["HTTPHeaders"]
            if header not in headers:
                raise
    return headers.get(header, aws.region)


def _refusal(service: str, doing: str, error: "ClientError") -> ClusterError:
    code, message = error_code(error), error_message(error)
    fault = f"cannot {doing}: {message} ({code})"
    if code in _DENIED:
        action = f"{service}:{error.operation_name}"
        allowed = f"allow {_ACTIONS.get(action, action)} to the identity that runs this"
        # One call may need several actions: what the message names is what is missing.
        return ClusterError(fault, missing_permission(message) or allowed)
    return ClusterError(fault, _REMEDIES.get(code, _UNKNOWN))


def _local_remedy(error: "BotoCoreError") -> str:
    """Return what to do about an error that botocore raised without a response from AWS."""
    from botocore import exceptions

    if isinstance(error, exceptions.NoRegionError):
        return _REGION
    if isinstance(error, exceptions.ProfileNotFound):
        return "set AWS_PROFILE to a profile that exists"
    if isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError):
        return _NETWORK
    if "Credential" in type(error).__name__ or isinstance(error, exceptions.SSOError):
        return _CREDENTIALS
    return _UNKNOWN


def _config() -> "Config":
    from botocore.config import Config

    # Standard mode backs off on throttling; a dead network is reported within a minute.
    return Config(connect_timeout=10, retries={"mode": "standard"})
