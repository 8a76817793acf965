"""Where the dashboard is published: a file, or an object in S3."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sparkify_dagster.dashboard.page import DashboardSummary, write_dashboard
from sparkify_dagster.warehouse.base import Warehouse


@dataclass(frozen=True)
class Published:
    """What was published. `place` is the file or s3:// address.

    `link` opens the page in a browser that has access: on this machine for a file, and for an
    object through the AWS console, because the object itself is private.
    """

    place: str
    link: str
    summary: DashboardSummary


def publish_dashboard(warehouse: Warehouse, target: str, home: Path) -> Published:
    """Write the dashboard to a file or `s3://bucket/key`; to `home`/dashboard.html without target.

    Raises OSError, or an error of botocore, if it cannot be written there.
    """
    if target.startswith("s3://"):
        return _to_s3(warehouse, target)
    path = Path(target or home / "dashboard.html").absolute()
    return Published(str(path), path.as_uri(), write_dashboard(warehouse, path))


def dashboard_link(target: str, home: Path) -> str:
    """Return the link of the page at a target, written or not."""
    if target.startswith("s3://"):
        bucket, _, key = target.removeprefix("s3://").partition("/")
        return f"https://console.aws.amazon.com/s3/object/{bucket}?prefix={quote(key)}"
    return Path(target or home / "dashboard.html").absolute().as_uri()


def _to_s3(warehouse: Warehouse, target: str) -> Published:
    from sparkify_dagster.cluster.aws import Aws

    aws = Aws()
    bucket, _, key = target.removeprefix("s3://").partition("/")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dashboard.html"
        summary = write_dashboard(warehouse, path)
        aws.s3.upload_file(
            str(path),
            bucket,
            key,
            ExtraArgs={
                "ContentType": "text/html; charset=utf-8",
                "ExpectedBucketOwner": aws.account,
            },
        )
    return Published(target, dashboard_link(target, Path()), summary)
