"""A source in S3: listed in pages, read in parallel, and only as it was listed."""

import gzip
from collections.abc import Iterator

import pytest

from sparkify_dagster.errors import SourceError
from sparkify_dagster.lake import datasets
from sparkify_dagster.lake import s3 as s3_source
from sparkify_dagster.lake.inspection import inspect
from sparkify_dagster.lake.loader import stage
from sparkify_dagster.lake.s3 import S3Source
from sparkify_dagster.lake.source import SourceChanged, SourceFile
from sparkify_dagster.lake.staging import StagingTask
from sparkify_dagster.loading import ledger
from sparkify_dagster_tests.lake.reading import read_logs, staging
from sparkify_dagster_tests.lake.slow_s3 import SlowS3, credentials, running, song

EVENT = b'{"ts": 1541106106796, "page": "Home", "sessionId": 1, "itemInSession": 0}\n'
LOG = "log_data/2018/11/a.json"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowS3]:
    with running(SlowS3()) as made:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        for name, value in credentials(made.url).items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def source() -> S3Source:
    return S3Source("s3://lake/raw/")


def put(s3: SlowS3, path: str, body: bytes) -> None:
    s3.objects[f"raw/{path}"] = body


def listed(source: S3Source, month: str = "2018-11") -> SourceFile:
    [file] = source.list_month(month)
    return file


def test_all_pages_are_listed_relative_to_the_prefix(s3: SlowS3, source: S3Source) -> None:
    for number in range(2_345):
        put(s3, f"song_data/A/{number:05}.json", song(number))
    s3.objects["rawer/song_data/other.json"] = b""
    put(s3, "song_data/A/", b"")
    put(s3, "song_data/A/.hidden.json", b"")
    songs = source.list_songs()
    assert len(songs) == 2_345
    assert songs[7] == SourceFile("song_data/A/00007.json", len(song(7)), songs[7].version, None)
    assert songs[7].version == s3.etag("raw/song_data/A/00007.json").strip('"')


def test_keys_with_odd_characters_are_listed_and_read(s3: SlowS3, source: S3Source) -> None:
    names = ("a b", "a+b", "a%20b", "ä&<b>", "x=y", "<StorageClass>s<")
    for name in names:
        put(s3, f"log_data/2018/11/{name}.json", EVENT)
    reading = read_logs(source)
    assert len(reading.rows) == len(names)
    assert len(source.list_month("2018-11")) == len(names)


def test_an_object_is_read_to_its_last_byte(s3: SlowS3, source: S3Source) -> None:
    body = bytes(range(256)) * 5_000
    put(s3, LOG, body)
    with source.open(listed(source)) as stream:
        assert stream.read(10) + stream.readline() + stream.read() == body


def test_an_empty_object_is_nothing(s3: SlowS3, source: S3Source) -> None:
    put(s3, LOG, b"")
    with source.open(listed(source)) as stream:
        assert stream.read() == b""


def test_a_connection_that_breaks_off_is_taken_up_where_it_broke(
    s3: SlowS3, source: S3Source
) -> None:
    body = bytes(range(256)) * 5_000
    put(s3, LOG, body)
    s3.faults[f"raw/{LOG}"] = ["break off"] * 3
    with source.open(listed(source)) as stream:
        assert stream.read() == body
    assert len(s3.gets) == 4


def test_a_connection_that_keeps_breaking_off_says_which_object(
    s3: SlowS3, source: S3Source
) -> None:
    put(s3, LOG, EVENT * 1000)
    s3.faults[f"raw/{LOG}"] = ["break off"] * 100
    with pytest.raises(SourceError, match=f"cannot read s3://lake/raw/{LOG}"):
        read_logs(source)


@pytest.mark.parametrize("status", [500, 503])
def test_throttling_and_server_errors_are_tried_again(
    s3: SlowS3, source: S3Source, status: int
) -> None:
    put(s3, LOG, EVENT)
    s3.faults[f"raw/{LOG}"] = [status, status]
    assert len(read_logs(source).rows) == 1
    assert len(s3.gets) == 3


def test_an_object_that_changed_after_it_was_listed_is_noticed(
    s3: SlowS3, source: S3Source
) -> None:
    put(s3, LOG, EVENT)
    file = listed(source)
    put(s3, LOG, EVENT * 2)
    with pytest.raises(SourceChanged, match="changed or vanished"):
        source.open(file)
    del s3.objects[f"raw/{LOG}"]
    with pytest.raises(SourceChanged, match="changed or vanished"):
        source.open(file)


def test_an_object_that_changes_while_it_is_taken_up_again_is_noticed(
    s3: SlowS3, source: S3Source
) -> None:
    put(s3, LOG, EVENT * 10_000)
    s3.faults[f"raw/{LOG}"] = ["break off"]
    stream = source.open(listed(source))
    put(s3, LOG, EVENT)
    with pytest.raises(SourceChanged):
        stream.read()


def test_objects_are_requested_once_each_and_their_etag_is_their_digest(
    s3: SlowS3, source: S3Source
) -> None:
    put(s3, "log_data/2018/11/small.json", EVENT)
    put(s3, "log_data/2018/11/large.json", EVENT * 2_000)
    put(s3, "log_data/2018/11/zipped.json.gz", gzip.compress(EVENT * 3))
    staged = read_logs(source).staged
    assert len(s3.gets) == 3
    assert sum(file.rows or 0 for file in staged.files) == 2_004
    assert [file.digest for file in staged.files] == [file.file.version for file in staged.files]


def test_a_new_etag_is_a_change_without_reading(s3: SlowS3, source: S3Source) -> None:
    put(s3, LOG, EVENT)
    file = listed(source)
    entry = ledger.Entry(file.size, "another", "another", 1)
    assert ledger.compare(source, [file], {LOG: entry}).changed == [file]
    same = ledger.Entry(file.size, file.version, file.version, 1)
    assert ledger.compare(source, [file], {LOG: same}).unchanged == 1
    assert s3.gets == []


def test_small_objects_are_read_with_sixteen_requests_and_more_under_way(
    s3: SlowS3, source: S3Source
) -> None:
    for number in range(400):
        put(s3, f"song_data/{number:04}.json", song(number))
    files = source.list_songs()
    s3.delay = 0.05
    tx = staging(datasets.songs())
    staged = stage(StagingTask(source, datasets.songs(), files, None, 0), tx)
    assert len(staged.files) == tx.count("staging_songs") == 400
    assert s3.most_under_way >= 16


@pytest.mark.usefixtures("aws")
def test_a_missing_bucket_says_what_to_check() -> None:
    with pytest.raises(SourceError, match=r"NoSuchBucket.*check the bucket's name in SPARKIFY_SOU"):
        S3Source("s3://not-there/raw").list_songs()


@pytest.fixture
def aws(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name, value in credentials(moto_url).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("aws")
def test_the_same_source_is_read_from_another_implementation_of_s3(source: S3Source) -> None:
    import boto3

    client = boto3.client("s3")
    client.create_bucket(Bucket="lake")
    client.put_object(Bucket="lake", Key=f"raw/{LOG}", Body=EVENT * 2)
    assert len(read_logs(source).rows) == 2
    file = listed(source)
    client.put_object(Bucket="lake", Key=f"raw/{LOG}", Body=EVENT)
    with pytest.raises(SourceChanged):
        source.open(file)


@pytest.mark.usefixtures("s3")
def test_without_credentials_the_message_says_where_they_come_from(
    source: S3Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(SourceError, match="check the AWS credentials"):
        source.list_songs()


@pytest.mark.usefixtures("s3")
def test_an_endpoint_that_does_not_answer_is_named(
    source: S3Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_source, "_TRIES", 1)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:1.*AWS_ENDPOINT_URL"):
        source.list_songs()


def test_a_broken_object_is_recognised_by_its_first_bytes_in_one_request(
    s3: SlowS3, source: S3Source
) -> None:
    put(s3, LOG, b"[" + EVENT.strip() + (b"," + EVENT.strip()) * 20_000 + b"]")
    file = listed(source)
    fault = inspect(source, file)
    assert fault is not None
    assert fault.what.startswith("one JSON array")
    assert len(s3.gets) == 1


def test_an_empty_object_is_not_broken(s3: SlowS3, source: S3Source) -> None:
    put(s3, LOG, b"")
    assert inspect(source, listed(source)) is None
