"""What a user asks of the cluster, whichever kind it is.

`create` makes what is missing and changes nothing that is there: a cluster that others made is
only resumed and used. `delete` removes only what carries the project's tag.
"""

from typing import Protocol

from sparkify_dagster.cluster import network, role
from sparkify_dagster.cluster.aws import Aws, ClusterError
from sparkify_dagster.cluster.ownership import Deployment
from sparkify_dagster.cluster.provisioned import Provisioned
from sparkify_dagster.cluster.serverless import Serverless
from sparkify_dagster.cluster.state import ClusterState
from sparkify_dagster.cluster.watch import Watch
from sparkify_dagster.settings import Settings


class _Cluster(Protocol):
    """What both kinds can do."""

    def state(self) -> ClusterState | None: ...
    def make(self, role_arn: str, security_group: str) -> None: ...
    def complete(self, role_arn: str) -> None: ...
    def resume(self) -> None: ...
    def pause(self) -> None: ...
    def delete(self, *, final_snapshot: bool) -> list[str]: ...


def status(settings: Settings, aws: Aws | None = None) -> ClusterState | None:
    """Describe the cluster or workgroup of the settings; None where there is none."""
    _, cluster = _chosen(settings, aws or Aws(), Watch())
    return cluster.state()


def create(settings: Settings, watch: Watch | None = None, aws: Aws | None = None) -> ClusterState:
    """Have the cluster there and available, with its role and its way in; return its state.

    A second call changes nothing. Raises ClusterError, before anything is made where the settings
    are at fault.
    """
    aws = aws or Aws()
    watch = watch or Watch()
    network.allowed_cidr(settings.redshift)
    deployment, cluster = _chosen(settings, aws, watch)
    found = cluster.state()
    if found is not None and not found.created_by_us:
        watch.progress(f"{found.name} is there and was not made by this project: used as it is")
        cluster.resume()
        return _present(cluster, deployment)
    role_arn = role.ensure(settings, aws, deployment)
    if found is None:
        group = network.ensure_security_group(settings.redshift, aws, deployment)
        watch.progress(f"making {deployment.mark} in {deployment.region}")
        cluster.make(role_arn, group)
    else:
        network.open_existing(settings.redshift, aws, deployment)
    cluster.resume()
    cluster.complete(role_arn)
    return _present(cluster, deployment)


def resume(settings: Settings, watch: Watch | None = None, aws: Aws | None = None) -> ClusterState:
    """Have the cluster available, and return its state; raises ClusterError where there is none."""
    deployment, cluster = _chosen(settings, aws or Aws(), watch or Watch())
    cluster.resume()
    return _present(cluster, deployment)


def pause(settings: Settings, watch: Watch | None = None, aws: Aws | None = None) -> ClusterState:
    """Have the cluster paused, and return its state; a workgroup has nothing to pause."""
    deployment, cluster = _chosen(settings, aws or Aws(), watch or Watch())
    cluster.pause()
    return _present(cluster, deployment)


def delete(
    settings: Settings,
    confirmation: str,
    *,
    final_snapshot: bool = True,
    watch: Watch | None = None,
    aws: Aws | None = None,
) -> list[str]:
    """Remove what the project made: cluster, network and role; return what was removed.

    `confirmation` must be the cluster's name. A call that was interrupted can be repeated.
    """
    aws = aws or Aws()
    watch = watch or Watch()
    deployment, cluster = _chosen(settings, aws, watch)
    if confirmation != deployment.name:
        raise ClusterError(
            f"the confirmation {confirmation!r} is not the name of the cluster",
            f"confirm with {deployment.name!r}, if that is the one to delete",
        )
    removed = cluster.delete(final_snapshot=final_snapshot)
    removed += network.remove(aws, deployment, watch)
    removed += role.remove(aws, deployment)
    return removed


def _chosen(settings: Settings, aws: Aws, watch: Watch) -> tuple[Deployment, _Cluster]:
    deployment = Deployment.of(settings.redshift, aws)
    kind = Serverless if settings.redshift.serverless else Provisioned
    return deployment, kind(settings, aws, deployment, watch)


def _present(cluster: _Cluster, deployment: Deployment) -> ClusterState:
    state = cluster.state()
    if state is None:
        raise ClusterError(
            f"{deployment.mark} has gone in the meantime", "repeat, if nobody deletes it"
        )
    return state
