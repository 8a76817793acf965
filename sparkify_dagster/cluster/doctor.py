"""What of AWS is reachable, allowed and missing, and what to do about it."""

import socket
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sparkify_dagster.cluster import network
from sparkify_dagster.cluster.aws import (
    Aws,
    ClusterError,
    bucket_and_prefix,
    bucket_region,
    explained,
)
from sparkify_dagster.cluster.credentials import connection_credentials
from sparkify_dagster.cluster.state import ClusterState, describe
from sparkify_dagster.cluster.template import DEFAULT_PORT
from sparkify_dagster.settings import RedshiftSettings, Settings

_CONNECT_SECONDS = 5
_CREATE = "run `sparkify cluster create`"


@dataclass(frozen=True)
class Finding:
    """The result of one check; `remedy` is empty if `ok`."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def check_aws(settings: Settings, aws: Aws | None = None) -> Iterator[Finding]:
    """Check what the settings need of AWS; yield one finding after the other.

    Nothing is changed, except that a small object is put under the control prefix and removed.
    Ends early if region or credentials are missing. Never raises ClusterError.
    """
    aws = aws or Aws()
    basics = (("AWS region", lambda: aws.region), ("AWS credentials", lambda: _identity(aws)))
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
        port = redshift.port or DEFAULT_PORT
        yield _finding("endpoint", lambda: _connect(redshift.host, port))
    else:
        try:
            state = _existing(redshift, aws)
        except ClusterError as error:
            yield _failure("cluster", error)
            return
        yield _finding("cluster", lambda: _available(state))
        yield _finding("role", lambda: _role(state))
        yield _finding("route to S3", lambda: _route_to_s3(settings.source, state, aws))
        yield _finding("endpoint", lambda: _reach(redshift, state))
    yield _finding("login", lambda: _login(settings, aws))


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
    bucket, prefix = bucket_and_prefix(source)
    with explained("s3", f"list {source}"):
        found = aws.s3.list_objects_v2(
            Bucket=bucket, Prefix=f"{prefix}/" if prefix else "", MaxKeys=1
        )
    if not found["KeyCount"]:
        raise ClusterError(f"there is nothing under {source}/", "check SPARKIFY_SOURCE")
    return f"{source} can be listed"


def _write_control(control: str, aws: Aws) -> str:
    bucket, prefix = bucket_and_prefix(control)
    key = f"{prefix}/sparkify-doctor-{uuid.uuid4()}".lstrip("/")
    with explained("s3", f"write under {control}"):
        aws.s3.put_object(
            Bucket=bucket, Key=key, Body=b"removed at once", ExpectedBucketOwner=aws.account
        )
    with explained("s3", f"remove s3://{bucket}/{key}"):
        aws.s3.delete_object(Bucket=bucket, Key=key, ExpectedBucketOwner=aws.account)
    return f"{control} can be written"


def _existing(redshift: RedshiftSettings, aws: Aws) -> ClusterState:
    state = describe(redshift, aws)
    if state is None:
        raise ClusterError(f"there is no {redshift.name} in {aws.region}", _CREATE)
    return state


def _available(state: ClusterState) -> str:
    if state.state == "paused":
        raise ClusterError(f"{state.name} is paused", "run `sparkify cluster resume`")
    if not state.available:
        raise ClusterError(f"{state.name} is {state.state}", "wait, then repeat")
    return f"{state.name} is available: {state.nodes} x {state.node_type}"


def _role(state: ClusterState) -> str:
    arn = state.role_arn
    if arn not in state.attached_roles:
        raise ClusterError(
            f"the role {arn} is not attached to {state.name}"
            if arn
            else f"{state.name} has no role",
            f"{_CREATE} if it is the project's cluster; otherwise attach a role that reads the "
            "source and control prefixes, and name it in SPARKIFY_REDSHIFT_IAM_ROLE_ARN",
        )
    return f"COPY assumes {arn}"


def _route_to_s3(source: str, state: ClusterState, aws: Aws) -> str:
    """Check the way of COPY's traffic, which enhanced VPC routing sends through the VPC."""
    if not state.vpc_routing:
        return "COPY does not use the VPC: enhanced VPC routing is off"
    subnets = state.subnets or network.subnets_of_group(state.subnet_group, aws)
    vpc = network.vpc_of(subnets, aws)
    tables = network.route_tables(vpc, subnets, aws)
    by_endpoint = network.tables_with_s3(vpc, aws)
    elsewhere = bucket_region(source, aws) != aws.region
    for table in tables:
        if network.leads_outside(table, public=state.public):
            continue
        name = table["RouteTableId"]
        if name not in by_endpoint:
            raise ClusterError(
                f"the route table {name} has no way to S3, so COPY would wait in vain",
                f"{_CREATE} if it is the project's cluster; otherwise add an S3 gateway endpoint",
            )
        if elsewhere:
            raise ClusterError(
                f"{source} is in another region, which the S3 endpoint of {name} does not reach",
                "add a NAT gateway, or turn off `vpc-routing` in SPARKIFY_REDSHIFT_CONTROLS_OFF",
            )
    return f"COPY reaches S3 from all subnets of {state.name}"


def _reach(redshift: RedshiftSettings, state: ClusterState) -> str:
    if not state.host:
        raise ClusterError(f"{state.name} has no endpoint yet", "wait, then repeat")
    return _connect(state.host, redshift.port or state.port)


def _connect(host: str, port: int) -> str:
    try:
        socket.create_connection((host, port), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        raise ClusterError(
            f"{host}:{port} accepts no connection ({error})",
            "run this inside the cluster's network, or set SPARKIFY_REDSHIFT_ALLOWED_CIDR "
            f"to this machine's address and {_CREATE}",
        ) from error
    return f"{host}:{port} accepts connections"


def _login(settings: Settings, aws: Aws) -> str:
    got = connection_credentials(settings, aws)
    return f"credentials for {got.user} ({settings.redshift.auth})"
