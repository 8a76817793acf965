"""What of AWS is reachable, allowed and missing, and how to mend it."""

import socket
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sparkify_dagster.cluster import network, role
from sparkify_dagster.cluster.aws import Aws, ClusterError, explained
from sparkify_dagster.cluster.credentials import connection_credentials
from sparkify_dagster.cluster.lifecycle import status
from sparkify_dagster.cluster.ownership import Deployment
from sparkify_dagster.cluster.state import ClusterState
from sparkify_dagster.settings import Settings

_CONNECT_SECONDS = 5
_CREATE = "run `sparkify cluster create`"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `remedy` is empty where `ok`."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def check_aws(settings: Settings, aws: Aws | None = None) -> Iterator[Finding]:
    """Look at what the settings need of AWS, one finding after the other.

    Nothing is changed, but that a small object is put under the control prefix and removed.
    Ends early where region or credentials are missing. Never raises ClusterError.
    """
    aws = aws or Aws()
    basics = (
        ("AWS region", lambda: aws.region),
        ("AWS credentials", lambda: _identity(aws)),
    )
    for name, look in basics:
        finding = _finding(name, look)
        yield finding
        if not finding.ok:
            return
    if settings.source.startswith("s3://"):
        yield _finding("source", lambda: _list_source(settings.source, aws))
    if settings.control:
        yield _finding("control prefix", lambda: _write_control(settings.control, aws))
    if settings.warehouse.startswith("redshift://"):
        yield from _check_redshift(settings, aws)


def _check_redshift(settings: Settings, aws: Aws) -> Iterator[Finding]:
    redshift = settings.redshift
    if redshift.host:
        port = redshift.port or network.DEFAULT_PORT
        yield _finding("endpoint", lambda: _connect(redshift.host, port))
    else:
        try:
            state = _state(settings, aws)
        except ClusterError as error:
            yield _failure("cluster", error)
            return
        yield from _check_cluster(settings, aws, state)
    yield _finding("login", lambda: _login(settings, aws))


def _check_cluster(settings: Settings, aws: Aws, state: ClusterState) -> Iterator[Finding]:
    deployment = Deployment.of(settings.redshift, aws)
    yield _finding("cluster", lambda: _available(state))
    yield _finding("role", lambda: _role(settings, aws, deployment, state))
    yield _finding("security group", lambda: _security_group(settings, aws, deployment))
    yield _finding("endpoint", lambda: _reach(settings, state))


def _finding(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, ok=True, detail=look())
    except ClusterError as error:
        return _failure(name, error)


def _failure(name: str, error: ClusterError) -> Finding:
    return Finding(name, ok=False, detail=error.fault, remedy=error.remedy)


def _identity(aws: Aws) -> str:
    with explained("sts", "use the AWS credentials"):
        return aws.sts.get_caller_identity()["Arn"]


def _list_source(source: str, aws: Aws) -> str:
    bucket, prefix = role.bucket_and_prefix(source)
    with explained("s3", f"list {source}"):
        found = aws.s3.list_objects_v2(
            Bucket=bucket, Prefix=f"{prefix}/" if prefix else "", MaxKeys=1
        )
    if not found["KeyCount"]:
        raise ClusterError(f"there is nothing under {source}/", "check SPARKIFY_SOURCE")
    return f"{source} can be listed"


def _write_control(control: str, aws: Aws) -> str:
    bucket, prefix = role.bucket_and_prefix(control)
    key = f"{prefix}/sparkify-doctor-{uuid.uuid4()}".lstrip("/")
    with explained("s3", f"write under {control}"):
        aws.s3.put_object(Bucket=bucket, Key=key, Body=b"removed at once")
    with explained("s3", f"remove s3://{bucket}/{key}"):
        aws.s3.delete_object(Bucket=bucket, Key=key)
    return f"{control} can be written"


def _available(state: ClusterState) -> str:
    if state.state == "paused":
        raise ClusterError(f"{state.name} is paused", "run `sparkify cluster resume`")
    if not state.available:
        raise ClusterError(f"{state.name} is {state.state}", "wait, then look again")
    return f"{state.name} is available: {state.nodes} x {state.node_type}"


def _role(settings: Settings, aws: Aws, deployment: Deployment, state: ClusterState) -> str:
    arn = state.role_arn
    if arn not in state.attached_roles:
        raise ClusterError(
            f"{state.name} has not the role {arn}" if arn else f"{state.name} has no role",
            f"{_CREATE} if it is the project's cluster, or attach a role that reads the source "
            "and control prefixes and name it in SPARKIFY_REDSHIFT_IAM_ROLE_ARN",
        )
    if not arn.endswith(f":role/{deployment.role_name}"):
        return f"COPY takes {arn}, which others made: its policy was not looked at"
    if role.current_policy(aws, deployment) != role.policy_document(settings, aws.partition):
        raise ClusterError(
            f"the policy of {deployment.role_name} is not the one for SPARKIFY_SOURCE and "
            "SPARKIFY_CONTROL",
            f"delete its inline policy {role.POLICY_NAME} and {_CREATE}",
        )
    return f"COPY takes {arn}, which reads the source and control prefixes and nothing else"


def _security_group(settings: Settings, aws: Aws, deployment: Deployment) -> str:
    groups = network.security_groups(aws, deployment)
    if not groups:
        return "the project has none: the cluster's own are used"
    cidr = network.allowed_cidr(settings.redshift)
    port = settings.redshift.port or network.DEFAULT_PORT
    admitted = set().union(*(network.let_in(group, port) for group in groups))
    wanted = {str(cidr)} if cidr else set()
    names = ", ".join(group["GroupId"] for group in groups)
    if admitted - wanted:
        raise ClusterError(
            f"{names} also lets in {', '.join(sorted(admitted - wanted))}",
            "remove that rule, or set SPARKIFY_REDSHIFT_ALLOWED_CIDR to it",
        )
    if wanted - admitted:
        raise ClusterError(f"{names} does not let in {cidr} yet", _CREATE)
    return f"{names} lets in {cidr or 'nobody'}"


def _reach(settings: Settings, state: ClusterState) -> str:
    if not state.host:
        raise ClusterError(f"{state.name} has no endpoint yet", "wait, then look again")
    return _connect(state.host, settings.redshift.port or state.port)


def _connect(host: str, port: int) -> str:
    try:
        socket.create_connection((host, port), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        raise ClusterError(
            f"{host}:{port} does not answer ({error})",
            "run this inside the cluster's network, or set SPARKIFY_REDSHIFT_ALLOWED_CIDR "
            f"to this machine's address and {_CREATE}",
        ) from error
    return f"{host}:{port} answers"


def _login(settings: Settings, aws: Aws) -> str:
    got = connection_credentials(settings, aws)
    return f"credentials for {got.user} ({settings.redshift.auth})"


def _state(settings: Settings, aws: Aws) -> ClusterState:
    state = status(settings, aws)
    if state is None:
        raise ClusterError("there is no such cluster yet", _CREATE)
    return state
