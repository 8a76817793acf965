"""One CloudFormation stack: created, updated, deleted, and its failures explained."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sparkify_dagster.cluster.aws import (
    Aws,
    ClusterError,
    error_message,
    explained,
    missing_permission,
)
from sparkify_dagster.cluster.watch import Watch
from sparkify_dagster.settings import RedshiftSettings

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.literals import CapabilityType
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef, StackTypeDef

_SERVICE = "cloudformation"
_CAPABILITIES: "Sequence[CapabilityType]" = ["CAPABILITY_IAM"]
# The beginning of the template's description: a stack of another template is not touched.
_DESCRIPTION = "Sparkify's Amazon Redshift"
_DEAD = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED")
_PAST = {"CREATE": "created", "UPDATE": "updated", "DELETE": "deleted"}
_SHOWN_REASONS = 3


def stack_name(redshift: RedshiftSettings) -> str:
    """Return the name of the stack of a cluster or workgroup."""
    return f"sparkify-{'workgroup' if redshift.serverless else 'cluster'}-{redshift.name}"


def parameters_of(stack: "StackTypeDef | None") -> dict[str, str]:
    """Return the parameters that a stack was deployed with; none if there is no stack."""
    found = stack.get("Parameters", []) if stack else []
    return {entry["ParameterKey"]: entry.get("ParameterValue", "") for entry in found}


class Stack:
    """The stack of that name."""

    def __init__(self, name: str, aws: Aws, watch: Watch) -> None:
        self.name = name
        self._aws = aws
        self._watch = watch

    def find(self) -> "StackTypeDef | None":
        """Return the stack once no operation on it is in progress; None if there is none.

        Raises ClusterError if another template made it.
        """
        from botocore.exceptions import ClientError

        with explained(_SERVICE, f"describe the stack {self.name}"):
            try:
                stack = self._settled(self.name)
            except ClientError as error:
                if "does not exist" in error_message(error):
                    return None
                raise
        if not stack.get("Description", "").startswith(_DESCRIPTION):
            raise ClusterError(
                f"the stack {self.name} is not of this project's template",
                "choose another SPARKIFY_REDSHIFT_CLUSTER or _WORKGROUP",
            )
        return stack

    def deploy(self, body: str, parameters: Mapping[str, str]) -> None:
        """Create the stack or update it, and wait; changed parameters are reported first.

        Raises ClusterError if it fails; CloudFormation has then undone what it did. It also
        refuses to replace the cluster, because the cluster's name is fixed.
        """
        found = self.find()
        if found is None:
            self._create(body, parameters)
            return
        if found["StackStatus"] in _DEAD:
            raise ClusterError(
                f"the stack {self.name} is {found['StackStatus']}",
                "remove it with `sparkify cluster delete`, then repeat",
            )
        for change in _changes(parameters_of(found), parameters):
            self._watch.progress(change)
        with explained(_SERVICE, f"update the stack {self.name}"):
            if not self._update(found["StackId"], body, _given(parameters)):
                self._watch.progress(f"the stack {self.name} is as the settings say")

    def delete(self, *, final_snapshot: bool) -> None:
        """Delete the stack and wait. Raises ClusterError if a resource cannot be deleted."""
        found = self.find()
        if found is None:
            return
        with explained(_SERVICE, f"delete the stack {self.name}"):
            if not final_snapshot:
                self._give_up_final_snapshot(found)
            self._aws.cloudformation.delete_stack(StackName=found["StackId"])
            self._finish(found["StackId"], "DELETE")

    def _create(self, body: str, parameters: Mapping[str, str]) -> None:
        with explained(_SERVICE, f"create the stack {self.name}"):
            made = self._aws.cloudformation.create_stack(
                StackName=self.name,
                TemplateBody=body,
                Parameters=_given(parameters),
                Capabilities=_CAPABILITIES,
                OnFailure="DELETE",  # a stack that was rolled back can only be deleted
            )
            self._finish(made["StackId"], "CREATE")

    def _update(self, stack_id: str, body: str, parameters: "list[ParameterTypeDef]") -> bool:
        """Update and wait; return False if there is nothing to update."""
        from botocore.exceptions import ClientError

        try:
            self._aws.cloudformation.update_stack(
                StackName=stack_id,
                TemplateBody=body,
                Parameters=parameters,
                Capabilities=_CAPABILITIES,
            )
        except ClientError as error:
            if "No updates are to be performed" not in error_message(error):
                raise
            return False
        self._finish(stack_id, "UPDATE")
        return True

    def _give_up_final_snapshot(self, stack: "StackTypeDef") -> None:
        """Change the stack so that its deletion keeps no snapshot.

        DeletionPolicy takes no parameter, so the deployed template is edited.
        """
        stack_id = stack["StackId"]
        deployed = self._aws.cloudformation.get_template(StackName=stack_id)["TemplateBody"]
        body = str(deployed).replace("DeletionPolicy: Snapshot", "DeletionPolicy: Delete")
        kept: list[ParameterTypeDef] = [
            {"ParameterKey": key, "UsePreviousValue": True}
            for key in parameters_of(stack)
            if key != "FinalSnapshot"
        ]
        self._update(stack_id, body, [*kept, *_given({"FinalSnapshot": "false"})])

    def _settled(self, name: str) -> "StackTypeDef":
        """Wait until no operation is in progress; return the stack."""
        seen: list[StackTypeDef] = []

        def look() -> str:
            seen[:] = self._aws.cloudformation.describe_stacks(StackName=name)["Stacks"]
            return seen[0]["StackStatus"]

        self._watch.until(
            f"stack {self.name}",
            look,
            lambda status: status.startswith("REVIEW") or not status.endswith("_IN_PROGRESS"),
        )
        return seen[0]

    def _finish(self, stack_id: str, verb: str) -> None:
        status = self._settled(stack_id)["StackStatus"]
        if status == f"{verb}_COMPLETE":
            return
        reasons = list(self._reasons(stack_id, verb))[::-1][:_SHOWN_REASONS]
        raise ClusterError(
            f"the stack {self.name} could not be {_PAST[verb]} and is {status}: "
            f"{'; '.join(reasons) or 'no reason is given'}",
            missing_permission(" ".join(reasons)) or "correct what is named there, then repeat",
        )

    def _reasons(self, stack_id: str, verb: str) -> Iterator[str]:
        """Yield why resources failed since the operation began, the last failure first."""
        events = self._aws.cloudformation.get_paginator("describe_stack_events")
        for page in events.paginate(StackName=stack_id):
            for event in page["StackEvents"]:
                status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
                if event.get("PhysicalResourceId") == stack_id:
                    if status == f"{verb}_IN_PROGRESS":
                        return
                elif status.endswith("_FAILED") and "cancelled" not in reason:
                    yield f"{event['LogicalResourceId']}: {reason}"


def _given(parameters: Mapping[str, str]) -> "list[ParameterTypeDef]":
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for key in sorted(after):
        # CloudFormation shows a password as asterisks.
        if key != "AdminPassword" and before.get(key, "") != after[key]:
            yield f"{key} changes from {before.get(key, '')!r} to {after[key]!r}"
