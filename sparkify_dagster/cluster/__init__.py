"""The Redshift cluster or workgroup: one CloudFormation stack with its role and network.

    template.yaml  what the stack creates
    template       the template and its parameters, from the settings
    network        who may connect, and subnets with a route to S3
    stack          deploy, delete, and why it failed
    state          a cluster as AWS describes it, and its cost
    lifecycle      create, status, pause, resume, delete
    version1       clusters that no stack created
    credentials    the user and password of the SQL connection
    doctor         what is reachable, allowed and missing
    watch          waiting with progress and a limit
    aws            clients and errors

It does not depend on Dagster.
"""

from sparkify_dagster.cluster import template
from sparkify_dagster.cluster.aws import Aws, ClusterError
from sparkify_dagster.cluster.credentials import ConnectionCredentials, connection_credentials
from sparkify_dagster.cluster.doctor import Finding, check_aws
from sparkify_dagster.cluster.lifecycle import (
    check_stack_id,
    cost_per_hour,
    create,
    delete,
    pause,
    resume,
    status,
)
from sparkify_dagster.cluster.state import ClusterState
from sparkify_dagster.cluster.watch import Watch

__all__ = [
    "Aws",
    "ClusterError",
    "ClusterState",
    "ConnectionCredentials",
    "Finding",
    "Watch",
    "check_aws",
    "check_stack_id",
    "connection_credentials",
    "cost_per_hour",
    "create",
    "delete",
    "pause",
    "resume",
    "status",
    "template",
]
