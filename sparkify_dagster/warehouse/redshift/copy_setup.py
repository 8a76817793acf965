"""What every COPY of a warehouse needs: role, Region, JSONPaths, and a place to write them."""

from functools import cached_property

from sparkify_dagster.cluster import Aws
from sparkify_dagster.cluster.aws import bucket_and_prefix, bucket_region
from sparkify_dagster.errors import SettingsError
from sparkify_dagster.settings import Settings, source_outside_s3
from sparkify_dagster.warehouse.redshift.connection import Connector
from sparkify_dagster.warehouse.redshift.control import ControlPrefix


class CopySetup:
    """Found out when first needed, then known for as long as the warehouse lives."""

    def __init__(
        self, settings: Settings, aws: Aws, connector: Connector, error_wait_seconds: float
    ) -> None:
        self._aws = aws
        self.connector = connector
        self.schema = settings.schema
        self.control = ControlPrefix(settings.control, aws)
        self.reads_logs = settings.redshift.logs == "read"
        self.error_wait_seconds = error_wait_seconds
        self._regions: dict[str, str] = {}

    def options(self, jsonpaths: str) -> dict[str, object]:
        """Give the options that all COPYs by these JSONPaths share; the text is put in place."""
        return {**self.access(), "jsonpaths": self.control.keep("jsonpaths", jsonpaths)}

    def access(self) -> dict[str, object]:
        """Return the options by which COPY may read below the control prefix."""
        return {"iam_role": self._role_arn, "region": self._region(self.control.location)}

    def refuse_outside_s3(self, source: str) -> None:
        """Raise SettingsError for a source that COPY cannot read."""
        if not source.startswith("s3://"):
            raise SettingsError(f"SPARKIFY_SOURCE {source_outside_s3(source)}")

    def refuse_other_region(self, source: str) -> None:
        """Raise SettingsError where source and control prefix lie in different Regions."""
        here, there = self._region(self.control.location), self._region(source)
        if here != there:
            raise SettingsError(
                f"SPARKIFY_CONTROL lies in {here} and SPARKIFY_SOURCE in {there}, but COPY reads "
                f"a manifest and its files in one Region: choose a control bucket in {there}"
            )

    @cached_property
    def _role_arn(self) -> str:
        return self.connector.role_arn

    def _region(self, place: str) -> str:
        """Tell where a bucket is; S3 says so even to those who may not look into it."""
        bucket, _ = bucket_and_prefix(place)
        if bucket not in self._regions:
            self._regions[bucket] = bucket_region(place, self._aws)
        return self._regions[bucket]
