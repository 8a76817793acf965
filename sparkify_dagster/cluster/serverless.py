"""A serverless namespace and workgroup: made, described, deleted.

A workgroup pauses by itself: it costs nothing while no query runs.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sparkify_dagster.cluster import network, role
from sparkify_dagster.cluster.aws import Aws, ClusterError, explained
from sparkify_dagster.cluster.ownership import TAG, Deployment
from sparkify_dagster.cluster.state import ClusterState
from sparkify_dagster.cluster.watch import Watch
from sparkify_dagster.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_redshift_serverless.type_defs import (
        CreateNamespaceRequestTypeDef,
        CreateWorkgroupRequestTypeDef,
        NamespaceTypeDef,
        WorkgroupTypeDef,
    )

# The least there is.
BASE_RPUS = 4
# Eight hours a day at the base capacity, about 12 USD; then queries are refused until the next day.
DAILY_RPU_HOURS = 32

_GONE = "gone"
# GetNamespace gives roles as text: IamRole(applyStatus=in-sync, iamRoleArn=arn:aws:iam::…).
_ROLE_ARN = re.compile(r"arn:[^,)\s]+")


class Serverless:
    """The workgroup that SPARKIFY_REDSHIFT_WORKGROUP names, with its namespace."""

    def __init__(self, settings: Settings, aws: Aws, deployment: Deployment, watch: Watch) -> None:
        self._settings = settings
        self._aws = aws
        self._deployment = deployment
        self._watch = watch

    @property
    def _name(self) -> str:
        return self._deployment.name

    def state(self) -> ClusterState | None:
        """Describe the workgroup; None where there is none."""
        workgroup = self._workgroup()
        if workgroup is None:
            return None
        endpoint = workgroup.get("endpoint", {})
        namespace = self._namespace(workgroup["namespaceName"]) or {}
        attached = tuple(_roles(namespace))
        return ClusterState(
            name=self._name,
            kind="serverless",
            state=workgroup["status"].lower(),
            host=endpoint.get("address", ""),
            port=endpoint.get("port", network.DEFAULT_PORT),
            role_arn=role.chosen(
                self._settings, self._deployment, attached, namespace.get("defaultIamRoleArn", "")
            ),
            attached_roles=attached,
            node_type="RPU",
            nodes=workgroup["baseCapacity"],
            region=self._deployment.region,
            created_by_us=self._deployment.owns(self._tags(workgroup["workgroupArn"])),
            admin_secret_arn=namespace.get("adminPasswordSecretArn", ""),
        )

    def make(self, role_arn: str, security_group: str) -> None:
        """Ask for the namespace, where it is missing, and the workgroup."""
        self._ensure_namespace(role_arn)
        redshift = self._settings.redshift
        request: CreateWorkgroupRequestTypeDef = {
            "workgroupName": self._name,
            "namespaceName": self._name,
            "baseCapacity": BASE_RPUS,
            "port": redshift.port or network.DEFAULT_PORT,
            "publiclyAccessible": network.publicly_accessible(redshift),
            "securityGroupIds": [security_group],
            "tags": [{"key": TAG, "value": self._deployment.mark}],
        }
        if redshift.subnet_ids:
            request["subnetIds"] = list(redshift.subnet_ids)
        with explained("redshift-serverless", f"make the workgroup {self._name}"):
            self._aws.serverless.create_workgroup(**request)

    def complete(self, role_arn: str) -> None:
        """Give the namespace the role and the workgroup its usage limit, where they lack it."""
        workgroup = self._require()
        self._limit_usage(workgroup["workgroupArn"])
        name = workgroup["namespaceName"]
        attached = _roles(self._namespace(name) or {})
        if role_arn in attached:
            return
        with explained("redshift-serverless", f"attach {role_arn} to the namespace {name}"):
            self._aws.serverless.update_namespace(
                namespaceName=name, iamRoles=[*attached, role_arn]
            )
        self._watch.until(
            f"role of namespace {name}",
            lambda: _roles(self._namespace(name) or {}).get(role_arn, "adding"),
            lambda status: status == "in-sync",
        )

    def resume(self) -> None:
        """Wait until the workgroup is available; it wakes by itself when a query comes."""
        self._watch.until(f"workgroup {self._name}", self._status, lambda s: s == "AVAILABLE")

    def pause(self) -> None:
        """Say that there is nothing to pause."""
        self._require()
        self._watch.progress(f"workgroup {self._name} costs nothing while no query runs")

    def delete(self, *, final_snapshot: bool) -> list[str]:
        """Delete workgroup and namespace and wait until they are gone; return what was removed.

        Raises ClusterError for a workgroup or namespace that this project did not make.
        """
        workgroup, namespace = self._workgroup(), self._namespace(self._name)
        if workgroup is not None:
            self._require_ours("workgroup", workgroup["workgroupArn"])
        if namespace is not None:
            self._require_ours("namespace", namespace["namespaceArn"])
        removed = []
        if workgroup is not None:
            removed.append(self._delete_workgroup(workgroup["status"]))
        if namespace is not None:
            removed.append(
                self._delete_namespace(namespace["status"], final_snapshot=final_snapshot)
            )
        return removed

    def _ensure_namespace(self, role_arn: str) -> None:
        found = self._namespace(self._name)
        if found is not None:
            self._require_ours("namespace", found["namespaceArn"])
            return
        redshift = self._settings.redshift
        request: CreateNamespaceRequestTypeDef = {
            "namespaceName": self._name,
            "dbName": redshift.database,
            "adminUsername": redshift.user,
            "iamRoles": [role_arn],
            "tags": [{"key": TAG, "value": self._deployment.mark}],
        }
        if redshift.auth == "password":
            request["adminUserPassword"] = redshift.password
        else:
            request["manageAdminPassword"] = True
        with explained("redshift-serverless", f"make the namespace {self._name}"):
            self._aws.serverless.create_namespace(**request)
        self._watch.until(
            f"namespace {self._name}",
            lambda: (self._namespace(self._name) or {}).get("status", "CREATING"),
            lambda status: status == "AVAILABLE",
        )

    def _limit_usage(self, workgroup_arn: str) -> None:
        client = self._aws.serverless
        with explained("redshift-serverless", f"limit the usage of the workgroup {self._name}"):
            limits = client.list_usage_limits(
                resourceArn=workgroup_arn, usageType="serverless-compute"
            )
            # AWS's model gives this list at least one entry: where there is none, no list.
            if not limits.get("usageLimits"):
                client.create_usage_limit(
                    resourceArn=workgroup_arn,
                    usageType="serverless-compute",
                    amount=DAILY_RPU_HOURS,
                    period="daily",
                    breachAction="deactivate",
                )

    def _delete_workgroup(self, status: str) -> str:
        if status != "DELETING":
            with explained("redshift-serverless", f"delete the workgroup {self._name}"):
                self._aws.serverless.delete_workgroup(workgroupName=self._name)
        self._until_gone(
            f"workgroup {self._name}",
            lambda: found["status"] if (found := self._workgroup()) else _GONE,
        )
        return f"workgroup {self._name}"

    def _delete_namespace(self, status: str, *, final_snapshot: bool) -> str:
        removed = f"namespace {self._name}"
        if status != "DELETING":
            with explained("redshift-serverless", f"delete the namespace {self._name}"):
                if final_snapshot:
                    snapshot = f"{self._name}-final-{datetime.now(UTC):%Y%m%d-%H%M%S}"
                    self._aws.serverless.delete_namespace(
                        namespaceName=self._name, finalSnapshotName=snapshot
                    )
                    removed += f" (kept as snapshot {snapshot})"
                else:
                    self._aws.serverless.delete_namespace(namespaceName=self._name)
        self._until_gone(
            f"namespace {self._name}",
            lambda: found["status"] if (found := self._namespace(self._name)) else _GONE,
        )
        return removed

    def _until_gone(self, what: str, look: Callable[[], str]) -> None:
        self._watch.until(what, look, lambda status: status == _GONE)

    def _status(self) -> str:
        status = self._require()["status"]
        if status == "DELETING":
            raise ClusterError(
                f"the workgroup {self._name} is being deleted", "wait until it is gone, then repeat"
            )
        return status

    def _require_ours(self, what: str, arn: str) -> None:
        self._deployment.require(f"the {what} {self._name}", self._tags(arn))

    def _require(self) -> "WorkgroupTypeDef":
        workgroup = self._workgroup()
        if workgroup is None:
            raise ClusterError(
                f"there is no workgroup {self._name} in {self._deployment.region}",
                "make it with `sparkify cluster create`, or check SPARKIFY_REDSHIFT_WORKGROUP",
            )
        return workgroup

    def _workgroup(self) -> "WorkgroupTypeDef | None":
        client = self._aws.serverless
        with explained("redshift-serverless", f"look at the workgroup {self._name}"):
            try:
                return client.get_workgroup(workgroupName=self._name)["workgroup"]
            except client.exceptions.ResourceNotFoundException:
                return None

    def _namespace(self, name: str) -> "NamespaceTypeDef | None":
        client = self._aws.serverless
        with explained("redshift-serverless", f"look at the namespace {name}"):
            try:
                return client.get_namespace(namespaceName=name)["namespace"]
            except client.exceptions.ResourceNotFoundException:
                return None

    def _tags(self, arn: str) -> dict[str, str]:
        with explained("redshift-serverless", f"read the tags of {arn}"):
            tags = self._aws.serverless.list_tags_for_resource(resourceArn=arn)["tags"]
        return {tag["key"]: tag["value"] for tag in tags}


def _roles(namespace: "NamespaceTypeDef") -> dict[str, str]:
    """Return the attached roles, each with whether it may be taken yet."""
    roles = {}
    for text in namespace.get("iamRoles", []):
        if arn := _ROLE_ARN.search(text):
            status = re.search(r"applyStatus=([a-z-]+)", text)
            roles[arn.group()] = status.group(1) if status else "in-sync"
    return roles
