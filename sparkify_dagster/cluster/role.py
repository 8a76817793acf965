"""The role that COPY takes: it reads the source and control prefixes, and nothing else.

The pipeline itself writes under the control prefix, with its own credentials. Buckets encrypted
with a KMS key of the customer's need kms:Decrypt besides: give such a role in
SPARKIFY_REDSHIFT_IAM_ROLE_ARN.
"""

import json
from collections.abc import Sequence
from typing import Any, cast

from sparkify_dagster.cluster.aws import Aws, ClusterError, explained
from sparkify_dagster.cluster.ownership import TAG, Deployment
from sparkify_dagster.settings import Settings

POLICY_NAME = "read-source-and-control"
_VERSION = "2012-10-17"
_SERVICES = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]


def ensure(settings: Settings, aws: Aws, deployment: Deployment) -> str:
    """Return the ARN of the role in the settings, else of the project's, made where missing.

    A policy that is there stays as it is, even where the settings have changed since;
    `check_aws` tells. Raises ClusterError.
    """
    if settings.redshift.iam_role_arn:
        return settings.redshift.iam_role_arn
    policy = policy_document(settings, aws.partition)
    name = deployment.role_name
    arn = _find(aws, deployment)
    with explained("iam", f"make the role {name}"):
        if arn is None:
            arn = aws.iam.create_role(
                RoleName=name,
                Description=f"COPY of Sparkify's source into Redshift {deployment.mark}",
                AssumeRolePolicyDocument=json.dumps(_TRUST),
                Tags=[{"Key": TAG, "Value": deployment.mark}],
            )["Role"]["Arn"]
        if current_policy(aws, deployment) is None:
            aws.iam.put_role_policy(
                RoleName=name, PolicyName=POLICY_NAME, PolicyDocument=json.dumps(policy)
            )
    return arn


def remove(aws: Aws, deployment: Deployment) -> list[str]:
    """Delete the project's role and its policy; return what was removed."""
    name = deployment.role_name
    with explained("iam", f"remove the role {name}"):
        try:
            tags = aws.iam.get_role(RoleName=name)["Role"].get("Tags", [])
        except aws.iam.exceptions.NoSuchEntityException:
            return []
        if not deployment.owns({tag["Key"]: tag["Value"] for tag in tags}):
            return []
        if current_policy(aws, deployment) is not None:
            aws.iam.delete_role_policy(RoleName=name, PolicyName=POLICY_NAME)
        aws.iam.delete_role(RoleName=name)
    return [f"role {name}"]


def chosen(
    settings: Settings, deployment: Deployment, attached: Sequence[str], default: str
) -> str:
    """Say which role COPY is to take; empty where there is none."""
    ours = [arn for arn in attached if arn.endswith(f":role/{deployment.role_name}")]
    return next(filter(None, [settings.redshift.iam_role_arn, *ours, default, *attached]), "")


def current_policy(aws: Aws, deployment: Deployment) -> dict[str, Any] | None:
    """Return the project's policy on the project's role as it is; None where there is none."""
    with explained("iam", f"read the policy of the role {deployment.role_name}"):
        try:
            answer = aws.iam.get_role_policy(RoleName=deployment.role_name, PolicyName=POLICY_NAME)
        except aws.iam.exceptions.NoSuchEntityException:
            return None
    # botocore has parsed it; its stubs allow for text as well.
    return cast("dict[str, Any]", answer["PolicyDocument"])


def policy_document(settings: Settings, partition: str) -> dict[str, Any]:
    """Return the least that COPY needs: GetObject, and ListBucket bound to the prefixes.

    Raises ClusterError where source or control are not in S3.
    """
    places = {
        label: _in_s3(f"SPARKIFY_{label.upper()}", place)
        for label, place in (("Source", settings.source), ("Control", settings.control))
    }
    buckets = sorted({f"arn:{partition}:s3:::{bucket}" for bucket, _ in places.values()})
    statements: list[dict[str, Any]] = [
        {
            "Sid": "LocateBuckets",
            "Effect": "Allow",
            "Action": "s3:GetBucketLocation",
            "Resource": buckets,
        }
    ]
    for label, (bucket, prefix) in places.items():
        statements += _read_statements(label, f"arn:{partition}:s3:::{bucket}", prefix)
    return {"Version": _VERSION, "Statement": statements}


def bucket_and_prefix(place: str) -> tuple[str, str]:
    """Split `s3://bucket/prefix`; the prefix has no slash at its end and may be empty."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    return bucket, prefix.rstrip("/")


_TRUST = {
    "Version": _VERSION,
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": _SERVICES},
            "Action": "sts:AssumeRole",
        }
    ],
}


def _read_statements(label: str, bucket_arn: str, prefix: str) -> list[dict[str, Any]]:
    below = f"{_literally(prefix)}/*" if prefix else "*"
    return [
        {
            "Sid": f"Read{label}",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": f"{bucket_arn}/{below}",
        },
        {
            "Sid": f"List{label}",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": bucket_arn,
            "Condition": {"StringLike": {"s3:prefix": below}},
        },
    ]


def _literally(text: str) -> str:
    """Escape what a policy would take for a wildcard or a variable."""
    return "".join(f"${{{char}}}" if char in "*?$" else char for char in text)


def _in_s3(setting: str, place: str) -> tuple[str, str]:
    if not place.startswith("s3://"):
        raise ClusterError(
            f"{setting} is {place!r}, so there is no prefix that a role could be made for",
            f"set {setting} to s3://bucket/prefix",
        )
    return bucket_and_prefix(place)


def _find(aws: Aws, deployment: Deployment) -> str | None:
    name = deployment.role_name
    with explained("iam", f"look for the role {name}"):
        try:
            found = aws.iam.get_role(RoleName=name)["Role"]
        except aws.iam.exceptions.NoSuchEntityException:
            return None
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
    deployment.require(f"the role {name}", tags)
    return found["Arn"]
