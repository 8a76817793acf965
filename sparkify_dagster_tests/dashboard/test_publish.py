"""The dashboard goes where SPARKIFY_DASHBOARD says, and a load does not depend on it."""

import json
from pathlib import Path

import boto3
import pytest

from sparkify_dagster.cluster import aws as aws_module
from sparkify_dagster.dashboard import dashboard_link, publish_dashboard
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse
from sparkify_dagster_tests.cli.command import House
from sparkify_dagster_tests.life.engines import moto


@pytest.fixture
def small(tmp_path: Path) -> House:
    """Give a working directory with one song to load."""
    house = House(tmp_path)
    path = house.source / "song_data/A/A/A/TRAAA.json"
    path.parent.mkdir(parents=True)
    song = {"song_id": "S", "title": "T", "artist_id": "A", "artist_name": "N"}
    path.write_text(json.dumps(song))
    return house


def test_it_is_written_to_the_file_that_is_set(small: House) -> None:
    done = small.run("load", DASHBOARD="pages/sparkify.html")
    assert done.status == 0
    page = small.folder / "pages/sparkify.html"
    assert page.as_uri() in done.printed.replace("\n", "")
    assert "<html" in page.read_text(encoding="utf-8")
    assert not (small.folder / "data/dagster/dashboard.html").exists()


def test_a_dashboard_that_cannot_be_written_is_a_warning_and_the_load_is_good(
    small: House,
) -> None:
    """Found with a read-only DAGSTER_HOME: before the fix, the step and its run failed."""
    (small.folder / "file").write_text("")
    done = small.run("load", DASHBOARD="file/dashboard.html")
    assert done.status == 0
    assert "Warning: the dashboard was not written:" in done.said
    assert small.run("load").said.startswith("Nothing new")


def test_it_is_written_to_s3(small: House) -> None:
    assert small.run("load").status == 0
    warehouse = DuckDBWarehouse(f"duckdb:///{small.folder}/data/sparkify.duckdb")
    with moto():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="pages")
        with warehouse.session():
            published = publish_dashboard(warehouse, "s3://pages/a b/star.html", Path())
        written = s3.get_object(Bucket="pages", Key="a b/star.html")
        assert written["ContentType"] == "text/html; charset=utf-8"
        assert written["ContentLength"] == published.summary.size
    assert published.place == "s3://pages/a b/star.html"
    assert published.link == dashboard_link("s3://pages/a b/star.html", Path())
    assert published.link.endswith("/s3/object/pages?prefix=a%20b/star.html")


def test_a_bucket_of_somebody_else_gets_no_dashboard(
    small: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by review: a bucket that was deleted could be created again by anybody."""
    assert small.run("load").status == 0
    warehouse = DuckDBWarehouse(f"duckdb:///{small.folder}/data/sparkify.duckdb")
    requests: list[str | None] = []
    with moto():
        boto3.client("s3").create_bucket(Bucket="pages")
        session = boto3.Session()
        session.events.register(
            "before-call.s3.PutObject",
            lambda params, **_: requests.append(
                params["headers"].get("x-amz-expected-bucket-owner")
            ),
        )
        monkeypatch.setattr(aws_module, "_new_session", lambda: session)
        account = boto3.client("sts").get_caller_identity()["Account"]
        with warehouse.session():
            publish_dashboard(warehouse, "s3://pages/star.html", Path())
    assert requests == [account]
