"""The way to AWS: its clients, and its errors in the project's words.

Region, credentials and endpoint come from AWS's own chain: environment, profile, instance role,
`AWS_ENDPOINT_URL`; and from AWS_REGION, which AWS's other SDKs know and boto3 does not. boto3 is
imported when the first client is needed, not before.
"""

import os
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
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_redshift import RedshiftClient
    from mypy_boto3_redshift_serverless import RedshiftServerlessClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sts import STSClient

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_ACTIONS = {"s3:ListObjectsV2": "s3:ListBucket"}
_CREDENTIALS = "check the AWS credentials that the environment or the profile gives"
_RENEW = "renew the AWS credentials (with SSO: aws sso login)"
_REGION = "set AWS_REGION, or a region in the AWS profile"
_NETWORK = "check the network, its proxy, AWS_REGION and AWS_ENDPOINT_URL"
_QUOTA = "ask AWS for a higher quota, or choose fewer or other nodes"
_SUBNETS = "check SPARKIFY_REDSHIFT_SUBNET_IDS"
_NAME = "check its name in the settings, and the region"
_UNKNOWN = "mend what is named there, then repeat"
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
    "InsufficientClusterCapacity": "choose another SPARKIFY_REDSHIFT_NODE_TYPE, or try later",
    "InsufficientCapacityException": "try later, or choose subnets in other zones",
    "ClusterQuotaExceeded": _QUOTA,
    "NumberOfNodesQuotaExceeded": _QUOTA,
    "ServiceQuotaExceededException": _QUOTA,
    "InvalidSubnet": _SUBNETS,
    "InvalidSubnetID.NotFound": _SUBNETS,
    "DeleteConflict": "detach what others attached to it, then repeat",
    "DependencyViolation": "detach it from what uses it, then repeat",
    "Throttling": "try again in a while",
    "ThrottlingException": "try again in a while",
}


class ClusterError(SparkifyError):
    """AWS refused, or cannot do, what was asked: says what was wrong and what mends it."""

    def __init__(self, fault: str, remedy: str) -> None:
        super().__init__(fault, remedy)
        self.fault = fault
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.fault}: {self.remedy}"


@cache
def _descriptions(search_path: str | None) -> "Loader":
    """Give what reads the descriptions of AWS's services: each session would read them anew."""
    from botocore.loaders import create_loader

    return create_loader(search_path)


def _new_session() -> "Session":
    from boto3.session import Session
    from botocore.session import get_session

    core = get_session()
    core.register_component("data_loader", _descriptions(core.get_config_variable("data_path")))
    return Session(botocore_session=core, region_name=os.environ.get("AWS_REGION") or None)


class Aws:
    """The clients of one session, each made when first used."""

    def __init__(self, session: "Session | None" = None) -> None:
        self._given = session

    @cached_property
    def session(self) -> "Session":
        """The session that was given, or one from AWS's own chain."""
        with explained("sts", "read the AWS configuration"):
            return self._given or _new_session()

    @property
    def region(self) -> str:
        """The region that AWS's chain names; raises ClusterError where it names none."""
        region = self.session.region_name
        if not region:
            raise ClusterError("no AWS region is set", _REGION)
        return region

    @property
    def partition(self) -> str:
        """`aws`, or the partition of China or of the government: the second part of an ARN."""
        return self.session.get_partition_for_region(self.region)

    @cached_property
    def redshift(self) -> "RedshiftClient":
        """Provisioned clusters."""
        return self.session.client("redshift", config=_config())

    @cached_property
    def serverless(self) -> "RedshiftServerlessClient":
        """Serverless namespaces and workgroups."""
        return self.session.client("redshift-serverless", config=_config())

    @cached_property
    def iam(self) -> "IAMClient":
        """Roles and policies."""
        return self.session.client("iam", config=_config())

    @cached_property
    def ec2(self) -> "EC2Client":
        """Security groups, subnets and VPCs."""
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
        """Who is asking."""
        return self.session.client("sts", config=_config())


@contextmanager
def explained(service: str, doing: str) -> Iterator[None]:
    """Turn botocore's errors into ClusterError, the cause kept where it can hold no secret.

    `service` is the prefix of the service's IAM actions, `doing` what follows "cannot".
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
        # A proxy's page, say. No cause: it quotes all of the answer, which may hold anything.
        raise ClusterError(f"cannot {doing}: what answers is not AWS", _NETWORK) from None


def error_code(error: "ClientError") -> str:
    """AWS's name for what went wrong."""
    return error.response.get("Error", {}).get("Code", "")


def _refusal(service: str, doing: str, error: "ClientError") -> ClusterError:
    code = error_code(error)
    said = error.response.get("Error", {}).get("Message", "").rstrip(". ")
    fault = f"cannot {doing}: {said} ({code})"
    if code in _DENIED:
        action = f"{service}:{error.operation_name}"
        allowed = _ACTIONS.get(action, action)
        return ClusterError(fault, f"allow {allowed} to the identity that runs this")
    return ClusterError(fault, _REMEDIES.get(code, _UNKNOWN))


def _local_remedy(error: "BotoCoreError") -> str:
    """Say what mends an error that botocore raised without an answer from AWS."""
    from botocore import exceptions

    if isinstance(error, exceptions.NoRegionError):
        return _REGION
    if isinstance(error, exceptions.ProfileNotFound):
        return "set AWS_PROFILE to a profile that there is"
    if isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError):
        return _NETWORK
    if "Credential" in type(error).__name__ or isinstance(error, exceptions.SSOError):
        return _CREDENTIALS
    return _UNKNOWN


def _config() -> "Config":
    from botocore.config import Config

    # Standard mode backs off on throttling; a dead network is told within a minute.
    return Config(connect_timeout=10, retries={"mode": "standard"})
