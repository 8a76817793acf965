"""What is written to S3 goes to a bucket of one's own account."""

import boto3

from sparkify_dagster.cluster.aws import Aws
from sparkify_dagster.warehouse.redshift.control import ControlPrefix
from sparkify_dagster_tests.warehouse_redshift.conftest import CONTROL, Cloud


def test_what_a_load_writes_and_removes_names_the_owner_of_the_bucket(cloud: Cloud) -> None:
    """Found by review: before the fix, a bucket of somebody else took the manifests of a load."""
    owners: list[str | None] = []
    session = boto3.Session()
    session.events.register(
        "before-call.s3",
        lambda params, **_: owners.append(params["headers"].get("x-amz-expected-bucket-owner")),
    )
    aws = Aws(session)
    control = ControlPrefix(f"s3://{CONTROL}/control", aws)
    control.keep("jsonpaths", "{}")
    with control.load() as folder:
        folder.put_manifest("plain", [("s3://lake/a.json", 1)])
    assert owners == [aws.account] * 3
    assert [key.split("/")[1] for key in cloud.control()] == ["jsonpaths"]
