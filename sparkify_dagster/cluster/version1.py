"""Clusters that no stack created: what version 1.0 of this project made by calls, and others."""

from typing import NoReturn

from sparkify_dagster.cluster.aws import Aws, ClusterError, explained
from sparkify_dagster.cluster.stack import stack_name
from sparkify_dagster.cluster.state import ClusterState
from sparkify_dagster.settings import RedshiftSettings

_TAG = "sparkify-dagster"
_POLICY = "read-source-and-control"


def refuse_deletion(redshift: RedshiftSettings, state: ClusterState, aws: Aws) -> NoReturn:
    """Raise ClusterError; for a cluster of version 1.0, with the commands that remove it."""
    mark = f"{'workgroup' if redshift.serverless else 'cluster'}/{redshift.name}"
    if (state.tags or _tags(state, aws)).get(_TAG) != mark:
        raise ClusterError(
            f"{redshift.name} was not created by this project, so it is not deleted",
            "delete it the way it was created",
        )
    commands = "\n".join(f"  {command}" for command in _commands(redshift, mark, aws.region))
    raise ClusterError(
        f"{redshift.name} was created by version 1.0 of this project, which used no stack",
        f"remove it with these commands, one after the other, which keep a snapshot:\n{commands}",
    )


def _commands(redshift: RedshiftSettings, mark: str, region: str) -> list[str]:
    """Return the commands of AWS's command line that remove what version 1.0 created."""
    name, made = redshift.name, stack_name(redshift)  # its resources had the stack's name
    groups = f"--filters Name=tag:{_TAG},Values={mark} --query SecurityGroups[].GroupId"
    if redshift.serverless:
        group = f"aws redshift-serverless get-workgroup --workgroup-name {name}"
        namespace = f"--namespace-name {name} --final-snapshot-name {name}-final"
        cluster = [
            f"aws redshift-serverless delete-workgroup --workgroup-name {name}",
            f"while {group}; do sleep 10; done",
            f"aws redshift-serverless delete-namespace {namespace}",
        ]
    else:
        snapshot = f"--final-cluster-snapshot-identifier {name}-final"
        cluster = [
            f"aws redshift delete-cluster --cluster-identifier {name} {snapshot}",
            f"aws redshift wait cluster-deleted --cluster-identifier {name}",
            f"aws redshift delete-cluster-subnet-group --cluster-subnet-group-name {made}",
        ]
    return [
        *cluster,
        f"GROUP=$(aws ec2 describe-security-groups {groups} --output text)",
        "aws ec2 delete-security-group --group-id $GROUP",
        f"aws iam delete-role-policy --role-name {made}-{region} --policy-name {_POLICY}",
        f"aws iam delete-role --role-name {made}-{region}",
    ]


def _tags(state: ClusterState, aws: Aws) -> dict[str, str]:
    if state.kind == "provisioned":
        return state.tags
    with explained("redshift-serverless", f"read the tags of {state.name}"):
        tags = aws.serverless.list_tags_for_resource(resourceArn=state.arn)["tags"]
    return {tag["key"]: tag["value"] for tag in tags}
