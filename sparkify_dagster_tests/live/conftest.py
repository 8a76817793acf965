"""A real cluster, as the SPARKIFY_* settings name it, in the places of the usual fixtures."""

import os
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import boto3
import pytest

from sparkify_dagster.cluster.aws import bucket_and_prefix
from sparkify_dagster.lake.source import Source, open_source
from sparkify_dagster.loading import schema
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster_tests.warehouse_redshift.life import Lake


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    """The account's settings, with source and control in a folder of this run's own.

    Raises what `Settings` raises; refuses a database that holds tables already.
    """
    if os.environ.get("TEST_LIVE") != "1":
        pytest.skip("talks to a real AWS account: set TEST_LIVE=1 and SPARKIFY_*")
    given = Settings.from_environment()
    folder = f"{given.control}/live-{uuid4()}"
    yield replace(given, source=f"{folder}/source", control=f"{folder}/control")
    bucket, prefix = bucket_and_prefix(folder)
    boto3.resource("s3").Bucket(bucket).objects.filter(Prefix=f"{prefix}/").delete()


@pytest.fixture(scope="session")
def cluster(settings: Settings) -> Iterator[RedshiftWarehouse]:
    made = RedshiftWarehouse(settings)
    with made.session():
        if made.existing_tables():
            pytest.fail("the database holds tables: name an empty one for the live suite")
        yield made


@pytest.fixture
def warehouse(cluster: RedshiftWarehouse) -> Iterator[RedshiftWarehouse]:
    """Give the warehouse without tables, as each test expects it."""
    yield cluster
    schema.drop_tables(cluster)


@pytest.fixture
def cloud(settings: Settings) -> Iterator[Lake]:
    """Give an empty source."""
    lake = Lake(settings.source)
    yield lake
    bucket, prefix = bucket_and_prefix(settings.source)
    boto3.resource("s3").Bucket(bucket).objects.filter(Prefix=f"{prefix}/").delete()


@pytest.fixture
def source(settings: Settings) -> Source:
    return open_source(settings.source)
