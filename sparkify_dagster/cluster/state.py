"""What is known of a cluster, and what it is likely to cost."""

from dataclasses import dataclass

from sparkify_dagster.cluster.ownership import Kind

# On-demand USD per node and hour in us-east-1, as of 2026-03; other regions cost up to 60 % more.
# Compute only: storage, snapshots and Spectrum come on top.
_PRICES = {
    "ra3.large": 0.543,
    "ra3.xlplus": 1.086,
    "ra3.4xlarge": 3.26,
    "ra3.16xlarge": 13.04,
    "dc2.large": 0.25,
    "dc2.8xlarge": 4.80,
    "RPU": 0.375,
}


def is_available(status: str) -> bool:
    """Whether a status means that connections are taken; a resize adds `, prep-for-resize`."""
    return status.split(",", maxsplit=1)[0] == "available"


@dataclass(frozen=True)
class ClusterState:
    """A cluster or workgroup as AWS describes it.

    `state` is AWS's own word in lower case, such as creating, available, paused. `host` is empty
    as long as there is no endpoint. `role_arn` is the role that COPY is to take: the one in the
    settings, else the project's, the default, or the first that is attached; empty for none.
    `attached_roles` are those that the cluster may take at all.
    A workgroup counts in RPUs: its `node_type` is `RPU`, `nodes` its base capacity.
    `admin_secret_arn` names the secret with the managed admin password, where there is one.
    """

    name: str
    kind: Kind
    state: str
    host: str
    port: int
    role_arn: str
    attached_roles: tuple[str, ...]
    node_type: str
    nodes: int
    region: str
    created_by_us: bool
    admin_secret_arn: str = ""

    @property
    def available(self) -> bool:
        """Whether it takes connections."""
        return is_available(self.state)

    @property
    def estimated_usd_per_hour(self) -> float | None:
        """Compute on demand in us-east-1; for a workgroup while it runs; None for unknown types."""
        if self.state == "paused":
            return 0.0
        price = _PRICES.get(self.node_type)
        return None if price is None else round(price * self.nodes, 3)
