"""A cluster or workgroup as AWS describes it, and what it costs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sparkify_dagster.cluster.aws import Aws, explained
from sparkify_dagster.cluster.stack import stack_name
from sparkify_dagster.cluster.template import BASE_RPUS, DEFAULT_PORT
from sparkify_dagster.settings import RedshiftSettings

# On-demand USD per node and hour in us-east-1, as of 2026-03; other regions cost up to 60 % more.
# Compute only: storage, snapshots and Spectrum are charged in addition.
_PRICES = {
    "ra3.large": 0.543,
    "ra3.xlplus": 1.086,
    "ra3.4xlarge": 3.26,
    "ra3.16xlarge": 13.04,
    "dc2.large": 0.25,
    "dc2.8xlarge": 4.80,
    "RPU": 0.375,
}
# GetNamespace gives roles as text: IamRole(applyStatus=in-sync, iamRoleArn=arn:aws:iam::…).
_ROLE_ARN = re.compile(r"arn:[^,)\s]+")


@dataclass(frozen=True)
class ClusterState:
    """A cluster or workgroup as AWS describes it.

    `state` is AWS's own word in lower case, such as creating, available, paused. `host` is empty
    as long as there is no endpoint. `role_arn` is the role that COPY assumes: the one in the
    settings, else the stack's, the default, or the first that is attached; empty for none.
    A workgroup counts in RPUs: its `node_type` is `RPU`, `nodes` its base capacity.
    `subnet_group` names a cluster's subnets; a workgroup's are in `subnets`.
    """

    name: str
    kind: Literal["provisioned", "serverless"]
    state: str
    host: str
    port: int
    role_arn: str
    attached_roles: tuple[str, ...]
    node_type: str
    nodes: int
    arn: str = ""
    public: bool = False
    vpc_routing: bool = False
    subnet_group: str = ""
    subnets: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def available(self) -> bool:
        """Whether it accepts connections; a resize adds `, prep-for-resize` to the status."""
        return self.state.split(",", maxsplit=1)[0] == "available"

    @property
    def estimated_usd_per_hour(self) -> float | None:
        """The list price of what runs now; of a workgroup, while it runs; None if unknown."""
        return 0.0 if self.state == "paused" else price(self.node_type, self.nodes)


def price(node_type: str, nodes: int) -> float | None:
    """Return USD per hour of compute on demand in us-east-1; None for unknown types."""
    one = _PRICES.get(node_type)
    return None if one is None else round(one * nodes, 3)


def planned_size(redshift: RedshiftSettings) -> tuple[str, int]:
    """Return the node type and the number of nodes, or RPUs, that the settings ask for."""
    return ("RPU", BASE_RPUS) if redshift.serverless else (redshift.node_type, redshift.nodes)


def describe(redshift: RedshiftSettings, aws: Aws) -> ClusterState | None:
    """Describe the cluster or workgroup of the settings; None if there is none."""
    return (_workgroup if redshift.serverless else _cluster)(redshift, aws)


def _cluster(redshift: RedshiftSettings, aws: Aws) -> ClusterState | None:
    with explained("redshift", f"describe the cluster {redshift.name} in {aws.region}"):
        try:
            found = aws.redshift.describe_clusters(ClusterIdentifier=redshift.name)["Clusters"][0]
        except aws.redshift.exceptions.ClusterNotFoundFault:
            return None
    attached = tuple(role["IamRoleArn"] for role in found.get("IamRoles", []))
    endpoint = found.get("Endpoint", {})
    return ClusterState(
        name=redshift.name,
        kind="provisioned",
        state=found["ClusterStatus"].lower(),
        host=endpoint.get("Address", ""),
        port=endpoint.get("Port", DEFAULT_PORT),
        role_arn=_chosen(redshift, attached, found.get("DefaultIamRoleArn", "")),
        attached_roles=attached,
        node_type=found["NodeType"],
        nodes=found["NumberOfNodes"],
        arn=found.get("ClusterNamespaceArn", ""),
        public=found.get("PubliclyAccessible", False),
        vpc_routing=found.get("EnhancedVpcRouting", False),
        subnet_group=found.get("ClusterSubnetGroupName", ""),
        tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
    )


def _workgroup(redshift: RedshiftSettings, aws: Aws) -> ClusterState | None:
    with explained(
        "redshift-serverless", f"describe the workgroup {redshift.name} in {aws.region}"
    ):
        try:
            found = aws.serverless.get_workgroup(workgroupName=redshift.name)["workgroup"]
            namespace = aws.serverless.get_namespace(namespaceName=found["namespaceName"])
        except aws.serverless.exceptions.ResourceNotFoundException:
            return None
    roles = namespace["namespace"].get("iamRoles", [])
    attached = tuple(arn.group() for text in roles if (arn := _ROLE_ARN.search(text)))
    endpoint = found.get("endpoint", {})
    return ClusterState(
        name=redshift.name,
        kind="serverless",
        state=found["status"].lower(),
        host=endpoint.get("address", ""),
        port=endpoint.get("port", DEFAULT_PORT),
        role_arn=_chosen(redshift, attached, namespace["namespace"].get("defaultIamRoleArn", "")),
        attached_roles=attached,
        node_type="RPU",
        nodes=found["baseCapacity"],
        arn=found["workgroupArn"],
        public=found.get("publiclyAccessible", False),
        vpc_routing=found.get("enhancedVpcRouting", False),
        subnets=tuple(found.get("subnetIds", ())),
    )


def _chosen(redshift: RedshiftSettings, attached: Sequence[str], default: str) -> str:
    stack = f":role/{stack_name(redshift)}-"  # CloudFormation names roles after their stack
    ours = [arn for arn in attached if stack in arn]
    return next(filter(None, [redshift.iam_role_arn, *ours, default, *attached]), "")
