"""What COPY is given, what it rejects, and what becomes of a source that changes meanwhile."""

import gzip
import json
import re
from collections.abc import Callable
from typing import Any, BinaryIO

import pytest

from sparkify_dagster import progress
from sparkify_dagster.errors import LoadError, SettingsError, WarehouseError
from sparkify_dagster.lake import datasets
from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.lake.s3 import S3Source
from sparkify_dagster.lake.source import Source, SourceFile
from sparkify_dagster.loading import plan, schema, staging
from sparkify_dagster.models import contract
from sparkify_dagster.models import files as sql_files
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.base import Row, Transaction
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse, copying
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import (
    LAKE,
    QUICK,
    Cloud,
    make_warehouse,
)
from sparkify_dagster_tests.warehouse_redshift.life import (
    FIRST_MS,
    Lake,
    as_lines,
    content,
    event,
    rejects,
    song,
)

MONTH = "2018-11"
A, B = "log_data/2018/11/a.json", "log_data/2018/11/b.json"


@pytest.fixture(autouse=True)
def tables(warehouse: RedshiftWarehouse) -> None:
    schema.ensure_tables(warehouse)


def events(warehouse: RedshiftWarehouse) -> list[Row]:
    return content(warehouse, ["staging_events"])["staging_events"]


def test_a_manifest_names_the_new_files_and_no_others(
    warehouse: RedshiftWarehouse, source: Source, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sparkify_dagster.warehouse.redshift.control import ControlPrefix

    written: dict[str, bytes] = {}
    put = ControlPrefix.put

    def note(self: ControlPrefix, url: str, body: Any) -> None:
        if url.endswith(".manifest"):
            written[url] = body
        put(self, url, body)

    monkeypatch.setattr(ControlPrefix, "put", note)
    cloud.put_events(A, event(1))
    cloud.put("log_data/2018/11/empty.json", "")
    staging.stage_month(warehouse, source, MONTH, 0)
    cloud.put_events(B, event(2))
    staging.stage_month(warehouse, source, MONTH, 0)
    manifests = [json.loads(body)["entries"] for body in written.values()]
    size = len(as_lines(event(1)))
    assert manifests == [
        [
            {
                "url": f"s3://{LAKE}/source/{path}",
                "mandatory": True,
                "meta": {"content_length": size},
            }
        ]
        for path in (A, B)
    ]
    assert len(events(warehouse)) == 2
    query = "SELECT file, rows_loaded FROM loaded_files ORDER BY file"
    assert warehouse.transact(lambda tx: tx.query(query)) == [
        (A, None),
        (B, None),
        ("log_data/2018/11/empty.json", None),
    ]


def test_each_load_has_objects_of_its_own_and_only_jsonpaths_stay(
    warehouse: RedshiftWarehouse, source: Source, cloud: Cloud, redshift: RedshiftStandIn
) -> None:
    for n in (1, 2):
        cloud.put_events(A, event(n))
        staging.stage_month(warehouse, source, MONTH, 0)
    texts = [text for text in redshift.texts if "COPY copied_events" in text]
    manifests = {re.findall(r"FROM '(s3://[^']*)'", text)[0] for text in texts}
    assert len(manifests) == len(texts) == 2
    [kept] = cloud.control()
    assert kept.startswith("control/jsonpaths/")


def test_a_reject_names_file_line_reason_and_text(
    warehouse: RedshiftWarehouse, source: Source, cloud: Lake
) -> None:
    cloud.put(A, as_lines(event(1), "", "not json", event(2, itemInSession="three")))
    zipped = gzip.compress(as_lines(event(3), event(4, page=None)).encode())
    cloud.put(f"{B}.gz", zipped)
    staged = staging.stage_month(warehouse, source, MONTH, 3)
    assert (staged.rows, staged.rows_loaded, staged.rejected) == (2, 2, 3)
    [broken, word, missing] = rejects(warehouse)
    assert broken[:2] == (A, 3)
    assert broken[3] == "not json"
    assert word[:2] == (A, 4)
    assert word[2].startswith("itemInSession: Invalid digit")
    assert json.loads(word[3]) == event(2, itemInSession="three")
    assert missing[:2] == (f"{B}.gz", 2)
    assert json.loads(missing[3])["sessionId"] == 4


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("ts", FIRST_MS - 1, "ts 1541030399999 lies outside 2018-11, the month of its folder"),
        ("ts", " 1541030400000", "ts is not an integer"),
        ("itemInSession", " 12 ", "itemInSession is not an integer"),
        ("sessionId", "+7", "sessionId is not an integer"),
        ("status", " 200", "status is not an integer"),
        ("userId", "7 ", "userId is not an integer"),
        ("userId", "+7", "userId is not an integer"),
        ("length", "Infinity", "length is not a number"),
        ("length", "1.", "length is not a number"),
        ("registration", "NaN", "registration is not a number"),
        ("registration", " 1.5", "registration is not a number"),
    ],
)
def test_what_copy_takes_against_the_rules_is_rejected_by_them(
    warehouse: RedshiftWarehouse,
    source: Source,
    cloud: Lake,
    key: str,
    value: object,
    reason: str,
) -> None:
    cloud.put_events(A, event(1), event(2, **{key: value}))
    assert staging.stage_month(warehouse, source, MONTH, 1).rows == 1
    [(file, line, result, text)] = rejects(warehouse)
    assert (file, line, result) == (A, 0, reason)
    assert json.loads(text)[key] == str(value)


@pytest.mark.parametrize(
    ("key", "value", "column", "stored"),
    [
        ("itemInSession", "012", "item_in_session", 12),
        ("length", "1.5e2", "length", 150.0),
        ("artist", 12.50, "artist", "12.5"),
        ("userId", "", "user_id", None),
        ("userId", "-9223372036854775808", "user_id", "-9223372036854775808"),
        ("song", "", "song", None),
        ("song", "  ", "song", "  "),
        ("song", "a\\b'c\té\n♪", "song", "a\\b'c\té\n♪"),
        ("artist", "é" * 512, "artist", "é" * 512),
        ("ts", str(FIRST_MS), "ts", FIRST_MS),
    ],
)
def test_a_good_value_is_stored_as_it_is(
    warehouse: RedshiftWarehouse,
    source: Source,
    cloud: Lake,
    key: str,
    value: object,
    column: str,
    stored: object,
) -> None:
    cloud.put_events(A, event(1, **{key: value}))
    staging.stage_month(warehouse, source, MONTH, 0)
    query = f"SELECT {column} FROM staging_events"
    assert warehouse.transact(lambda tx: tx.value(query)) == stored


@pytest.mark.parametrize("faulty", ["not json", as_lines(event(9, ts=1))])
def test_more_rejects_than_allowed_fail_the_load_with_the_first_of_them(
    warehouse: RedshiftWarehouse, source: Source, cloud: Lake, faulty: str
) -> None:
    cloud.put_events(A, event(1))
    staging.stage_month(warehouse, source, MONTH, 1)
    cloud.put(A, as_lines(event(2), faulty, faulty))
    with pytest.raises(
        LoadError, match="log month 2018-11: 2 rejected records of 1 allowed"
    ) as raised:
        staging.stage_month(warehouse, source, MONTH, 1)
    assert f"{A}, line" in str(raised.value)
    assert [row[10 + 2] for row in events(warehouse)] == [1]
    kept = warehouse.query("SELECT file, load_failed FROM rejected_records")
    assert kept == [(A, True), (A, True)]
    staging.stage_month(warehouse, source, MONTH, 2)
    assert len(rejects(warehouse)) == 2


def test_the_limit_holds_over_plain_and_zipped_files_and_over_loads(
    warehouse: RedshiftWarehouse, source: Source, cloud: Lake
) -> None:
    cloud.put(A, as_lines(event(1), "broken"))
    staging.stage_month(warehouse, source, MONTH, 2)
    cloud.put(B, as_lines(event(2), "broken"))
    cloud.put(f"{B}.gz", gzip.compress(as_lines(event(3), "broken").encode()))
    with pytest.raises(LoadError, match="3 rejected records of 2 allowed"):
        staging.stage_month(warehouse, source, MONTH, 2)
    assert staging.stage_month(warehouse, source, MONTH, 3).rows == 3


def test_rejected_songs_are_told_as_on_other_engines(
    warehouse: RedshiftWarehouse, source: Source, cloud: Lake
) -> None:
    path = "song_data/A/a.json"
    cloud.put(path, as_lines(song(1), song(2, year=12.7), song(3)))
    cloud.put("song_data/A/b.json.gz", gzip.compress(as_lines(song(4, year="1999")).encode()))
    staged = staging.stage_songs(warehouse, source, 1)
    assert (staged.rows, staged.rejected) == (3, 1)
    assert rejects(warehouse)[0][:3] == (path, 2, "year is not an integer")
    query = "SELECT file, position, year FROM staging_songs ORDER BY file, position"
    assert warehouse.transact(lambda tx: tx.query(query)) == [
        (path, 1, 0),
        (path, 3, 0),
        ("song_data/A/b.json.gz", 1, 1999),
    ]
    cloud.put(path, as_lines(song(1), "x", "y"))
    with pytest.raises(LoadError, match="the songs: 2 rejected records of 1 allowed"):
        staging.stage_songs(warehouse, source, 1)


def test_only_new_and_changed_song_files_are_read_again(
    warehouse: RedshiftWarehouse, source: Source, cloud: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        cloud.put(f"song_data/A/{n}.json", as_lines(song(n)))
    staging.stage_songs(warehouse, source, 0)
    cloud.put("song_data/A/3.json", as_lines(song(33)))
    cloud.put("song_data/A/9.json", as_lines(song(9)))
    cloud.remove("song_data/A/0.json")
    opened: list[str] = []
    really_open = S3Source.open

    def note(self: S3Source, file: SourceFile) -> BinaryIO:
        opened.append(file.path)
        return really_open(self, file)

    monkeypatch.setattr(S3Source, "open", note)
    assert staging.stage_songs(warehouse, source, 0).rows == 5
    assert sorted(opened) == ["song_data/A/3.json", "song_data/A/9.json"]


def test_load_errors_that_lag_are_waited_for(
    warehouse: RedshiftWarehouse, source: Source, cloud: Cloud, redshift: RedshiftStandIn
) -> None:
    redshift.load_error_lag = 0.7
    cloud.put(A, as_lines(event(1), "broken"))
    assert staging.stage_month(warehouse, source, MONTH, 1).rejected == 1


def test_where_one_error_view_is_denied_the_other_is_read(
    warehouse: RedshiftWarehouse, source: Source, cloud: Cloud, redshift: RedshiftStandIn
) -> None:
    redshift.deny_view("sys_load_error_detail")
    cloud.put(A, as_lines(event(1), "broken"))
    assert staging.stage_month(warehouse, source, MONTH, 1).rejected == 1
    cloud.put(B, as_lines("broken", "broken"))
    with pytest.raises(LoadError, match=r"b\.json, line 1: Invalid JSON object"):
        staging.stage_month(warehouse, source, MONTH, 1)


def test_errors_that_no_view_shows_fail_the_load(
    settings: Settings, source: Source, cloud: Cloud, redshift: RedshiftStandIn
) -> None:
    for view in ("sys_load_error_detail", "stl_load_errors"):
        redshift.deny_view(view)
    cloud.put(A, as_lines(event(1), "broken"))
    warehouse = RedshiftWarehouse(settings, backoff=QUICK, error_wait_seconds=0)
    with pytest.raises(LoadError, match="rejected 1 records, but the system views show other"):
        staging.stage_month(warehouse, source, MONTH, 1)
    assert warehouse.transact(lambda tx: tx.count("staging_events")) == 0


class Meddled(S3Source):
    """A source that somebody changes when it has been listed for the nth time."""

    def __init__(self, location: str, nth: int, change: Callable[[], None]) -> None:
        super().__init__(location)
        self._left, self._change = nth, change

    def list_month(self, log_month: str) -> list[SourceFile]:
        found = super().list_month(log_month)
        self._left -= 1
        if self._left == 0:
            self._change()
        return found


def test_a_file_that_changes_before_copy_is_listed_again(
    warehouse: RedshiftWarehouse, settings: Settings, cloud: Lake
) -> None:
    cloud.put_events(A, event(1))
    source = Meddled(settings.source, 1, lambda: cloud.put_events(A, event(1), event(2)))
    assert staging.stage_month(warehouse, source, MONTH, 0).rows == 2


def test_a_file_that_vanishes_before_copy_is_listed_again(
    warehouse: RedshiftWarehouse, settings: Settings, cloud: Lake
) -> None:
    cloud.put_events(A, event(1))
    cloud.put_events(B, event(2))
    source = Meddled(settings.source, 1, lambda: cloud.remove(B))
    assert staging.stage_month(warehouse, source, MONTH, 0).rows == 1


def test_a_file_of_the_same_size_that_changes_during_copy_is_noticed_before_commit(
    warehouse: RedshiftWarehouse, settings: Settings, cloud: Cloud, redshift: RedshiftStandIn
) -> None:
    """COPY reads the new content, and the ledger would keep the old ETag."""
    cloud.put_events(A, event(1))
    changes = [lambda: cloud.put_events(A, event(7))]

    class Opened(S3Source):
        """A source that changes after the beginning of its file was read, before COPY."""

        def head(self, file: SourceFile, size: int) -> bytes:
            start = super().head(file, size)
            while changes:
                changes.pop()()
            return start

    source = Opened(settings.source)
    assert staging.stage_month(warehouse, source, MONTH, 0).rows == 1
    assert sum("COPY copied_events" in text for text in redshift.texts) == 2
    found = plan.make_plan(warehouse, open_source(settings.source), MONTH)
    assert not any(files.changed for files in found.files.values())


def test_a_broken_gzip_fails_the_load_and_is_named(
    warehouse: RedshiftWarehouse, source: Source, cloud: Lake
) -> None:
    cloud.put(f"{A}.gz", gzip.compress(as_lines(event(1)).encode())[:-9])
    with pytest.raises(WarehouseError, match=r"a\.json\.gz"):
        staging.stage_month(warehouse, source, MONTH, 10)


def test_a_role_that_may_not_be_taken_is_told_of(
    settings: Settings, source: Source, cloud: Cloud
) -> None:
    cloud.put_events(A, event(1))
    other = make_warehouse(settings, iam_role_arn="arn:aws:iam::123456789012:role/nobody")
    with pytest.raises(WarehouseError, match="not authorized to assume IAM Role"):
        staging.stage_month(other, source, MONTH, 0)


def test_a_source_outside_s3_is_refused(warehouse: RedshiftWarehouse, tmp_path: Any) -> None:
    (tmp_path / "log_data/2018/11").mkdir(parents=True)
    (tmp_path / A).write_text(as_lines(event(1)))
    with pytest.raises(SettingsError, match=r"COPY reads only from S3: copy the folder"):
        staging.stage_month(warehouse, open_source(str(tmp_path)), MONTH, 0)


def test_a_control_bucket_in_another_region_is_refused(settings: Settings, cloud: Cloud) -> None:
    cloud.s3.create_bucket(
        Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    cloud.s3.put_object(Bucket="far", Key=A, Body=as_lines(event(1)))
    with pytest.raises(SettingsError, match="choose a control bucket in eu-west-1"):
        staging.stage_month(make_warehouse(settings), open_source("s3://far"), MONTH, 0)


def test_progress_ends_with_all_bytes_read(
    warehouse: RedshiftWarehouse, source: Source, cloud: Cloud
) -> None:
    cloud.put_events(A, event(1))
    cloud.put("song_data/A/a.json", as_lines(song(1)))
    steps: list[progress.Step] = []
    with progress.listening(steps.append):
        staging.stage_month(warehouse, source, MONTH, 0)
        staging.stage_songs(warehouse, source, 0)
    assert [step.title for step in steps] == ["reading 2018-11", "reading songs", "copying songs"]
    assert all(step.done == step.total > 0 for step in steps)


def test_progress_of_a_long_copy_is_asked_of_redshift(
    warehouse: RedshiftWarehouse,
    source: Source,
    cloud: Cloud,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The stand-in has no running loads in sys_load_history; a table takes its place."""

    def pretend(tx: Transaction) -> None:
        tx.execute(
            "CREATE TABLE sys_load_history (session_id INTEGER, status VARCHAR(10), "
            "file_bytes_scanned BIGINT, query_id BIGINT, data_source VARCHAR(99), "
            "start_time TIMESTAMP)"
        )
        tx.execute(
            "INSERT INTO sys_load_history (session_id, status, file_bytes_scanned) "
            "SELECT pg_backend_pid(), 'running', 17"
        )

    warehouse.transact(pretend)
    monkeypatch.setattr(copying, "_LOOK_SECONDS", 0.001)
    cloud.put_events(A, *(event(n) for n in range(500)))
    steps: list[progress.Step] = []
    with progress.listening(steps.append):
        staging.stage_month(warehouse, source, MONTH, 0)
    assert {step.done for step in steps[:-1]} == {17}


def test_a_copy_whose_progress_cannot_be_seen_goes_on(
    warehouse: RedshiftWarehouse,
    source: Source,
    cloud: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    redshift: RedshiftStandIn,
) -> None:
    monkeypatch.setattr(copying, "_LOOK_SECONDS", 0.001)
    cloud.put_events(A, event(1))
    assert staging.stage_month(warehouse, source, MONTH, 0).rows == 1
    assert any("sys_load_history" in text for text in redshift.texts)


def test_copied_events_has_the_columns_of_staging_events() -> None:
    """The file states them a second time, since COPY can be given no other table's types."""
    create = sql_files.read("staging_events", "create.sql")
    found = re.findall(r"^ {4}(\w+) +(\S.*?)( NOT NULL)?,?$", create, re.MULTILINE)
    columns = {name: (kind, bool(required)) for name, kind, required in found}
    wanted = {
        column.name: (column.type, column.required)
        for column in contract.table("staging_events").columns
        if column.name not in ("log_month", "change_number")
    }
    assert {name: columns[name] for name in wanted} == wanted
    assert set(columns) - set(wanted) == {
        "user_id_number",
        *(f"{f.column}_text" for f in datasets.events().fields if f.kind in ("integer", "float")),
    }


@pytest.mark.parametrize("dataset", [datasets.events(), datasets.songs()], ids=lambda d: d.folder)
def test_jsonpaths_stand_in_the_order_of_the_columns(dataset: datasets.Dataset) -> None:
    copy = sql_files.read(dataset.table, "copy.sql")
    [listed] = re.findall(r"COPY \w+ \(([^)]*)\)", copy)
    columns = [re.sub(r"_(text|number)$", "", name.strip()) for name in listed.split(",")]
    paths = json.loads(dataset.jsonpaths)["jsonpaths"]
    keys = {field.key: field.column for field in dataset.fields}
    found = [path.removeprefix("$['").removesuffix("']") for path in paths]
    assert [keys.get(key, key) for key in found] == columns
