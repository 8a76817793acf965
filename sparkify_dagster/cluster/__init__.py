"""The Redshift cluster or workgroup, its role and its network, through boto3.

    aws          clients, and AWS's errors in the project's words
    ownership    the project's tag and names
    watch        waiting with progress and a limit
    role         what COPY may read
    network      who may connect
    provisioned  a cluster
    serverless   a namespace and a workgroup
    lifecycle    create, status, pause, resume, delete: for either kind
    credentials  what the SQL connection logs in with
    doctor       what is reachable, allowed and missing
    state        what is known of a cluster, and its cost

It knows nothing of Dagster.
"""

from sparkify_dagster.cluster.aws import Aws, ClusterError
from sparkify_dagster.cluster.credentials import ConnectionCredentials, connection_credentials
from sparkify_dagster.cluster.doctor import Finding, check_aws
from sparkify_dagster.cluster.lifecycle import create, delete, pause, resume, status
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
    "connection_credentials",
    "create",
    "delete",
    "pause",
    "resume",
    "status",
]
