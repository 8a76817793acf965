"""A provisioned cluster: made, described, paused, resumed, deleted."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sparkify_dagster.cluster import network, role
from sparkify_dagster.cluster.aws import Aws, ClusterError, explained
from sparkify_dagster.cluster.ownership import TAG, Deployment
from sparkify_dagster.cluster.state import ClusterState, is_available
from sparkify_dagster.cluster.watch import Watch
from sparkify_dagster.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_redshift.type_defs import ClusterTypeDef, CreateClusterMessageTypeDef

_GONE = "gone"


class Provisioned:
    """The cluster that SPARKIFY_REDSHIFT_CLUSTER names."""

    def __init__(self, settings: Settings, aws: Aws, deployment: Deployment, watch: Watch) -> None:
        self._settings = settings
        self._aws = aws
        self._deployment = deployment
        self._watch = watch

    @property
    def _name(self) -> str:
        return self._deployment.name

    def state(self) -> ClusterState | None:
        """Describe the cluster; None where there is none."""
        cluster = self._describe()
        if cluster is None:
            return None
        endpoint = cluster.get("Endpoint", {})
        attached = tuple(_roles(cluster))
        return ClusterState(
            name=self._name,
            kind="provisioned",
            state=cluster["ClusterStatus"].lower(),
            host=endpoint.get("Address", ""),
            port=endpoint.get("Port", network.DEFAULT_PORT),
            role_arn=role.chosen(
                self._settings, self._deployment, attached, cluster.get("DefaultIamRoleArn", "")
            ),
            attached_roles=attached,
            node_type=cluster["NodeType"],
            nodes=cluster["NumberOfNodes"],
            region=self._deployment.region,
            created_by_us=self._deployment.owns(_tags(cluster)),
            admin_secret_arn=cluster.get("MasterPasswordSecretArn", ""),
        )

    def make(self, role_arn: str, security_group: str) -> None:
        """Ask for the cluster; it is not waited for."""
        redshift = self._settings.redshift
        request: CreateClusterMessageTypeDef = {
            "ClusterIdentifier": self._name,
            "DBName": redshift.database,
            "NodeType": redshift.node_type,
            "ClusterType": "single-node" if redshift.nodes == 1 else "multi-node",
            "MasterUsername": redshift.user,
            "Port": redshift.port or network.DEFAULT_PORT,
            "Encrypted": True,
            "PubliclyAccessible": network.publicly_accessible(redshift),
            "VpcSecurityGroupIds": [security_group],
            "IamRoles": [role_arn],
            "Tags": [{"Key": TAG, "Value": self._deployment.mark}],
        }
        if redshift.nodes > 1:
            request["NumberOfNodes"] = redshift.nodes
        if redshift.auth == "password":
            request["MasterUserPassword"] = redshift.password
        else:
            request["ManageMasterPassword"] = True
        if redshift.subnet_ids:
            request["ClusterSubnetGroupName"] = network.ensure_subnet_group(
                redshift.subnet_ids, self._aws, self._deployment
            )
        with explained("redshift", f"make the cluster {self._name}"):
            self._aws.redshift.create_cluster(**request)

    def complete(self, role_arn: str) -> None:
        """Give the cluster the role, where it lacks it, and wait until it may take it."""
        if role_arn in _roles(self._require()):
            return
        with explained("redshift", f"attach {role_arn} to the cluster {self._name}"):
            self._aws.redshift.modify_cluster_iam_roles(
                ClusterIdentifier=self._name, AddIamRoles=[role_arn]
            )
        self._watch.until(
            f"role of cluster {self._name}",
            lambda: _roles(self._require()).get(role_arn, "adding"),
            lambda status: status == "in-sync",
        )

    def resume(self) -> None:
        """Have the cluster available: resume it where it is paused, wait where it is on its way."""
        self._wait(lambda status: status == "paused" or is_available(status))
        if self._status() == "paused":
            with explained("redshift", f"resume the cluster {self._name}"):
                self._aws.redshift.resume_cluster(ClusterIdentifier=self._name)
            self._wait(is_available)

    def pause(self) -> None:
        """Have the cluster paused: compute costs nothing, storage goes on."""
        self._wait(lambda status: status in ("paused", "pausing") or is_available(status))
        if is_available(self._status()):
            with explained("redshift", f"pause the cluster {self._name}"):
                self._aws.redshift.pause_cluster(ClusterIdentifier=self._name)
        self._wait(lambda status: status == "paused")

    def delete(self, *, final_snapshot: bool) -> list[str]:
        """Delete the cluster and wait until it is gone; return what was removed.

        Raises ClusterError for a cluster that this project did not make.
        """
        cluster = self._describe()
        if cluster is None:
            return []
        self._deployment.require(f"the cluster {self._name}", _tags(cluster))
        removed = [f"cluster {self._name}"]
        if cluster["ClusterStatus"] not in ("deleting", "final-snapshot"):
            with explained("redshift", f"delete the cluster {self._name}"):
                if final_snapshot:
                    snapshot = f"{self._name}-final-{datetime.now(UTC):%Y%m%d-%H%M%S}"
                    self._aws.redshift.delete_cluster(
                        ClusterIdentifier=self._name,
                        SkipFinalClusterSnapshot=False,
                        FinalClusterSnapshotIdentifier=snapshot,
                    )
                    removed = [f"cluster {self._name} (kept as snapshot {snapshot})"]
                else:
                    self._aws.redshift.delete_cluster(
                        ClusterIdentifier=self._name, SkipFinalClusterSnapshot=True
                    )
        self._watch.until(
            f"cluster {self._name}",
            lambda: cluster["ClusterStatus"] if (cluster := self._describe()) else _GONE,
            lambda status: status == _GONE,
        )
        return removed

    def _wait(self, done: Callable[[str], bool]) -> None:
        self._watch.until(f"cluster {self._name}", self._status, done)

    def _status(self) -> str:
        """Return the status; raises ClusterError where it will not become a better one."""
        status = self._require()["ClusterStatus"].lower()
        if status in ("deleting", "final-snapshot"):
            raise ClusterError(
                f"the cluster {self._name} is being deleted", "wait until it is gone, then repeat"
            )
        if status.startswith("incompatible-") or status == "hardware-failure":
            raise ClusterError(
                f"the cluster {self._name} has failed: {status}",
                "look at its events in the Redshift console",
            )
        return status

    def _require(self) -> "ClusterTypeDef":
        cluster = self._describe()
        if cluster is None:
            raise ClusterError(
                f"there is no cluster {self._name} in {self._deployment.region}",
                "make it with `sparkify cluster create`, or check SPARKIFY_REDSHIFT_CLUSTER",
            )
        return cluster

    def _describe(self) -> "ClusterTypeDef | None":
        client = self._aws.redshift
        with explained("redshift", f"look at the cluster {self._name}"):
            try:
                return client.describe_clusters(ClusterIdentifier=self._name)["Clusters"][0]
            except client.exceptions.ClusterNotFoundFault:
                return None


def _roles(cluster: "ClusterTypeDef") -> dict[str, str]:
    """Return the attached roles, each with whether it may be taken yet."""
    return {
        attached["IamRoleArn"]: attached.get("ApplyStatus", "adding")
        for attached in cluster.get("IamRoles", [])
    }


def _tags(cluster: "ClusterTypeDef") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in cluster.get("Tags", [])}
