"""Which kind of source a location names."""

from sparkify_dagster.errors import SettingsError
from sparkify_dagster.lake.source import Source


def open_source(location: str) -> Source:
    """Choose the kind of source that SPARKIFY_SOURCE names; nothing is read yet.

    Raises SettingsError for a location that only looks like one in S3.
    """
    if location.startswith("s3://"):
        from sparkify_dagster.lake.s3 import S3Source

        return S3Source(location)
    if location.lower().startswith("s3:"):
        raise SettingsError(
            f"SPARKIFY_SOURCE is {location!r}, which is neither a folder nor a location in S3: "
            "write s3://bucket/prefix"
        )
    from sparkify_dagster.lake.folder import FolderSource

    return FolderSource(location)
