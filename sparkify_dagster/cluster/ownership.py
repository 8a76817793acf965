"""What marks a resource as this project's, and how it is called.

One tag says both that the project made a resource and for which cluster or workgroup, so that two
deployments in one account leave each other alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sparkify_dagster.cluster.aws import Aws, ClusterError
from sparkify_dagster.settings import RedshiftSettings

Kind = Literal["provisioned", "serverless"]

TAG = "sparkify-dagster"


@dataclass(frozen=True)
class Deployment:
    """One cluster or workgroup in one region, with what was made for it."""

    kind: Kind
    name: str
    region: str

    @classmethod
    def of(cls, redshift: RedshiftSettings, aws: Aws) -> "Deployment":
        """Say which one the settings mean; raises ClusterError where no region is set."""
        if redshift.serverless:
            return cls("serverless", redshift.workgroup, aws.region)
        return cls("provisioned", redshift.cluster, aws.region)

    @property
    def mark(self) -> str:
        """The tag's value."""
        return f"{'workgroup' if self.kind == 'serverless' else 'cluster'}/{self.name}"

    @property
    def resource_name(self) -> str:
        """The name of what a region holds: security group, subnet group."""
        return f"sparkify-{self.mark.replace('/', '-')}"

    @property
    def role_name(self) -> str:
        """The role's name; roles are the account's, not the region's."""
        return f"{self.resource_name}-{self.region}"

    def owns(self, tags: Mapping[str, str]) -> bool:
        """Whether a resource with these tags was made for this deployment."""
        return tags.get(TAG) == self.mark

    def require(self, what: str, tags: Mapping[str, str]) -> None:
        """Raise ClusterError where a resource has the project's name but not its tag."""
        if not self.owns(tags):
            raise ClusterError(
                f"{what} is there already and was not made by this project",
                f"rename or remove it, or adopt it with the tag {TAG}={self.mark}",
            )
