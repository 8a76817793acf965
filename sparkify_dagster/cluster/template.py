"""The CloudFormation template, and its parameters from the settings."""

from importlib.resources import files

from sparkify_dagster.cluster import network
from sparkify_dagster.cluster.aws import ClusterError, bucket_and_prefix
from sparkify_dagster.cluster.network import Network
from sparkify_dagster.settings import Settings

DEFAULT_PORT = 5439
# The smallest base capacity of a workgroup.
BASE_RPUS = 4
# Security Hub's control Redshift.3 expects 7 days; AWS keeps 1 by default.
_SNAPSHOT_DAYS = {True: "7", False: "1"}


def body() -> str:
    """Return the text of the template."""
    return files(__package__).joinpath("template.yaml").read_text("utf-8")


def parameters(settings: Settings, place: Network) -> dict[str, str]:
    """Return the template's parameters. Raises ClusterError if source or control is not in S3."""
    redshift = settings.redshift
    cidr = network.allowed_cidr(redshift)
    ipv6 = cidr is not None and cidr.version != network.IPV4
    off = redshift.controls_off
    return {
        "Name": redshift.name,
        "Kind": "serverless" if redshift.serverless else "provisioned",
        "Database": redshift.database,
        "AdminUser": redshift.user,
        "AdminPassword": redshift.password if redshift.auth == "password" else "",
        "NodeType": redshift.node_type,
        "Nodes": str(redshift.nodes),
        "BaseRpus": str(BASE_RPUS),
        "Port": str(redshift.port or DEFAULT_PORT),
        "RoleArn": redshift.iam_role_arn,
        "VpcId": place.vpc,
        "SubnetIds": ",".join(place.subnets),
        "RouteTableIds": ",".join(place.tables_without_s3),
        "AllowedCidr": "" if ipv6 else str(cidr or ""),
        "AllowedIpv6Cidr": str(cidr) if ipv6 else "",
        "Public": _text(network.publicly_accessible(redshift)),
        "KmsKeyArn": redshift.kms_key_arn,
        "VpcRouting": _text("vpc-routing" not in off),
        "AuditLogs": _text("audit-logs" not in off),
        "RequireSsl": _text("ssl" not in off),
        "SnapshotDays": _SNAPSHOT_DAYS["snapshots" not in off],
        "FinalSnapshot": "true",
        **_prefixes("Source", settings.source, needed=not redshift.iam_role_arn),
        **_prefixes("Control", settings.control, needed=not redshift.iam_role_arn),
    }


def _prefixes(label: str, place: str, *, needed: bool) -> dict[str, str]:
    if not needed:
        return {f"{label}Bucket": "", f"{label}Prefix": ""}
    if not place.startswith("s3://"):
        raise ClusterError(
            f"SPARKIFY_{label.upper()} is {place!r}, so no role can be created that reads it",
            f"set SPARKIFY_{label.upper()} to s3://bucket/prefix",
        )
    bucket, prefix = bucket_and_prefix(place)
    return {
        f"{label}Bucket": bucket,
        f"{label}Prefix": f"{_literally(prefix)}/" if prefix else "",
    }


def _literally(text: str) -> str:
    """Escape what an IAM policy takes for a wildcard or a variable."""
    return "".join(f"${{{char}}}" if char in "*?$" else char for char in text)


def _text(value: bool) -> str:  # noqa: FBT001 - CloudFormation has no booleans
    return "true" if value else "false"
