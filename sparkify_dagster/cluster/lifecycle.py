"""Create, describe, pause, resume and delete the cluster or workgroup of the settings.

A cluster that somebody else created is resumed and used, and nothing else. Only the stack of this
project is changed or deleted.
"""

from collections.abc import Callable

from sparkify_dagster.cluster import network, template
from sparkify_dagster.cluster.aws import Aws, ClusterError, explained
from sparkify_dagster.cluster.stack import Stack, parameters_of, stack_name
from sparkify_dagster.cluster.state import ClusterState, describe, planned_size, price
from sparkify_dagster.cluster.version1 import refuse_deletion
from sparkify_dagster.cluster.watch import Watch
from sparkify_dagster.settings import Settings

# Eight hours a day at the base capacity, about 12 USD; then queries are refused until the next day.
DAILY_RPU_HOURS = 32
_WHAT = {True: "a serverless workgroup", False: "a cluster"}
_SNAPSHOTS = {
    "provisioned": "aws redshift describe-cluster-snapshots --cluster-identifier",
    "serverless": "aws redshift-serverless list-snapshots --namespace-name",
}
_FAILED = ("hardware-failure", "deleting", "final-snapshot")


def status(settings: Settings, aws: Aws | None = None) -> ClusterState | None:
    """Describe the cluster or workgroup; None if there is none."""
    return describe(settings.redshift, aws or Aws())


def create(
    settings: Settings, watch: Watch | None = None, aws: Aws | None = None, *, update: bool = False
) -> ClusterState:
    """Create the stack if the cluster is missing, wait until it is available, return its state.

    With `update`, an existing stack is updated to the settings. What will change, and the cost,
    is reported first. Raises ClusterError, before any change if the settings are wrong.
    """
    aws, watch = aws or Aws(), watch or Watch()
    redshift = settings.redshift
    network.allowed_cidr(redshift)
    exists = describe(redshift, aws) is not None
    if exists:
        _resume(settings, watch, aws)  # AWS changes no cluster that is paused
    if not exists or update:
        _deploy(settings, watch, aws, exists=exists)
    return _present(settings, aws)


def resume(settings: Settings, watch: Watch | None = None, aws: Aws | None = None) -> ClusterState:
    """Resume the cluster if it is paused, and wait; raises ClusterError if there is none."""
    aws = aws or Aws()
    _resume(settings, watch or Watch(), aws)
    return _present(settings, aws)


def pause(settings: Settings, watch: Watch | None = None, aws: Aws | None = None) -> ClusterState:
    """Pause the cluster and wait: compute is free then. A workgroup has nothing to pause."""
    aws, watch = aws or Aws(), watch or Watch()
    name = settings.redshift.name
    if settings.redshift.serverless:
        watch.progress(f"workgroup {name} costs nothing while no query runs")
        return _present(settings, aws)
    _wait(settings, watch, aws, lambda s: s.available or s.state in ("paused", "pausing"))
    if _present(settings, aws).available:
        with explained("redshift", f"pause the cluster {name}"):
            aws.redshift.pause_cluster(ClusterIdentifier=name)
    return _wait(settings, watch, aws, lambda s: s.state == "paused")


def check_stack_id(settings: Settings, stack_id: str, aws: Aws | None = None) -> None:
    """Raise ClusterError unless this is the id of the cluster's stack, with a random number.

    Only users of the AWS account can know it, so it confirms what others must not start.
    """
    stack = Stack(stack_name(settings.redshift), aws or Aws(), Watch())
    found = stack.find()
    if found is None or found.get("StackId") != stack_id:
        raise ClusterError(
            f"the confirmation is not the id of the stack {stack.name}: nothing was deleted",
            f"see the id with `aws cloudformation describe-stacks --stack-name {stack.name}`",
        )


def delete(
    settings: Settings,
    confirmation: str,
    *,
    final_snapshot: bool = True,
    watch: Watch | None = None,
    aws: Aws | None = None,
) -> list[str]:
    """Delete the stack of this project; return what was removed.

    `confirmation` must be the cluster's name. A deletion that was interrupted can be repeated.
    Raises ClusterError for a cluster that no stack of this project created.
    """
    aws, watch = aws or Aws(), watch or Watch()
    redshift = settings.redshift
    if confirmation != redshift.name:
        raise ClusterError(
            f"the confirmation {confirmation!r} is not the name of the cluster",
            f"confirm with {redshift.name!r} if that is the one to delete",
        )
    stack = Stack(stack_name(redshift), aws, watch)
    state = describe(redshift, aws)
    if stack.find() is None:
        if state is not None:
            refuse_deletion(redshift, state, aws)
        return []
    if state is not None and state.state in ("paused", "pausing", "resuming"):
        _resume(settings, watch, aws)  # AWS takes no snapshot of a cluster that is paused
    stack.delete(final_snapshot=final_snapshot)
    removed = [f"stack {stack.name}, with all that it created"]
    if final_snapshot and state is not None:
        removed.append(f"the final snapshot is kept: see `{_SNAPSHOTS[state.kind]} {state.name}`")
    return removed


def _deploy(settings: Settings, watch: Watch, aws: Aws, *, exists: bool) -> None:
    """Create or update the stack; leave a cluster alone that exists without it."""
    redshift = settings.redshift
    stack = Stack(stack_name(redshift), aws, watch)
    found = stack.find()
    if exists and found is None:
        watch.progress(f"no stack of this project created {redshift.name}: it is used as it is")
        return
    own_tables = parameters_of(found).get("RouteTableIds", "").split(",")
    place = network.find(redshift, aws, own_tables)
    given = template.parameters(settings, place)
    watch.progress(_plan(settings, stack.name, aws))
    stack.deploy(template.body(), given)
    if describe(redshift, aws) is None:
        raise ClusterError(
            f"the stack {stack.name} exists, but {redshift.name} does not",
            "remove the stack with `sparkify cluster delete`, then repeat",
        )
    _resume(settings, watch, aws)
    if redshift.serverless:
        _limit_usage(_present(settings, aws), aws)


def cost_per_hour(settings: Settings, aws: Aws | None = None) -> str:
    """Say in a sentence what the cluster or workgroup costs, or would cost if there is none."""
    state = status(settings, aws)
    size = (state.node_type, state.nodes) if state else planned_size(settings.redshift)
    return f"{size[1]} x {size[0]} costs {_price(settings, *size)}."


def _plan(settings: Settings, stack: str, aws: Aws) -> str:
    node_type, nodes = planned_size(settings.redshift)
    return (
        f"deploying the stack {stack} in {aws.region}: {_WHAT[settings.redshift.serverless]} of "
        f"{nodes} x {node_type} with its role and network, {_price(settings, node_type, nodes)}"
    )


def _price(settings: Settings, node_type: str, nodes: int) -> str:
    cost = price(node_type, nodes)
    return (
        f"{'an unknown number of' if cost is None else f'about {cost:.2f}'} USD an hour "
        f"{'while queries run ' if settings.redshift.serverless else ''}"
        "(list price in us-east-1, without storage)"
    )


def _resume(settings: Settings, watch: Watch, aws: Aws) -> None:
    name = settings.redshift.name
    if _wait(settings, watch, aws, lambda s: s.available or s.state == "paused").available:
        return
    with explained("redshift", f"resume the cluster {name}"):
        aws.redshift.resume_cluster(ClusterIdentifier=name)
    _wait(settings, watch, aws, lambda s: s.available)


def _wait(
    settings: Settings, watch: Watch, aws: Aws, done: Callable[[ClusterState], bool]
) -> ClusterState:
    """Wait for a state; raises ClusterError if the cluster is gone, or will not get there."""
    state = _present(settings, aws)

    def look() -> str:
        nonlocal state
        state = _present(settings, aws)
        if state.state in _FAILED or state.state.startswith("incompatible-"):
            raise ClusterError(
                f"{state.name} is {state.state}", "look at its events in the Redshift console"
            )
        return state.state

    watch.until(f"{state.kind} {state.name}", look, lambda _: done(state))
    return state


def _present(settings: Settings, aws: Aws) -> ClusterState:
    state = describe(settings.redshift, aws)
    if state is None:
        raise ClusterError(
            f"there is no cluster or workgroup {settings.redshift.name} in {aws.region}",
            "create it with `sparkify cluster create`, or correct its name in the settings",
        )
    return state


def _limit_usage(state: ClusterState, aws: Aws) -> None:
    """Limit the daily cost of a workgroup, if no limit is set: CloudFormation cannot."""
    client = aws.serverless
    with explained("redshift-serverless", f"limit the usage of the workgroup {state.name}"):
        limits = client.list_usage_limits(resourceArn=state.arn, usageType="serverless-compute")
        if not limits.get("usageLimits"):
            client.create_usage_limit(
                resourceArn=state.arn,
                usageType="serverless-compute",
                amount=DAILY_RPU_HOURS,
                period="daily",
                breachAction="deactivate",
            )
