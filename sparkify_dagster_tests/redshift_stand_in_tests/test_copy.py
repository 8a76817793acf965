"""COPY from moto's S3."""

import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest

from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.redshift_stand_in_tests.conftest import BUCKET, Cloud, Sql

Copy = Callable[..., None]


@pytest.fixture
def table(sql: Sql) -> None:
    sql(
        "CREATE TABLE plays (ts BIGINT NOT NULL, page VARCHAR(10), session INTEGER, "
        "length DOUBLE PRECISION)"
    )


@pytest.fixture
def copy(sql: Sql, cloud: Cloud, table: None) -> Copy:  # noqa: ARG001 - made first
    def run(url: str, options: str = "FORMAT JSON 'auto'", *, on: Sql = sql) -> None:
        on(f"COPY plays FROM '{url}' IAM_ROLE '{cloud.role}' {options}")

    return run


def lines(*records: Any) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


def rows(sql: Sql) -> list[tuple[Any, ...]]:
    return sql("SELECT ts, page, session, length FROM plays ORDER BY ts, page")


def errors(sql: Sql, *columns: str) -> list[tuple[Any, ...]]:
    return [
        tuple(cell.rstrip() if isinstance(cell, str) else cell for cell in row)
        for row in sql(
            f"SELECT {', '.join(columns)} FROM stl_load_errors WHERE query = pg_last_copy_id() "
            "ORDER BY line_number"
        )
    ]


def test_a_prefix_is_copied_by_the_names_of_the_columns(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    cloud.put("logs/a.json", lines({"ts": 1, "page": "Home", "session": 7, "length": 1.5}))
    cloud.put("logs/b.json", lines({"ts": 2, "unknown": 3}))
    copy(f"s3://{BUCKET}/logs/")
    assert rows(sql) == [(1, "Home", 7, 1.5), (2, None, None, None)]
    assert sql("SELECT pg_last_copy_count()") == [(2,)]


@pytest.mark.usefixtures("table")
def test_json_paths_map_to_the_column_list_in_order(sql: Sql, cloud: Cloud) -> None:
    url = cloud.put("a.json", '{"a": {"b": [5, "x"]}, "ts": 1}')
    paths = cloud.put("paths.json", json.dumps({"jsonpaths": ["$.a.b[1]", "$.ts"]}))
    sql(f"COPY plays (page, ts) FROM '{url}' IAM_ROLE '{cloud.role}' FORMAT AS JSON '{paths}'")
    assert rows(sql) == [(1, "x", None, None)]


def test_the_number_of_json_paths_must_be_that_of_the_columns(copy: Copy, cloud: Cloud) -> None:
    paths = cloud.put("paths.json", json.dumps({"jsonpaths": ["$['ts']"]}))
    with pytest.raises(psycopg2.InternalError, match=r"JSONPath size: 1, .* list: 4"):
        copy(cloud.put("a.json", '{"ts": 1}'), f"FORMAT JSON '{paths}'")


def test_objects_may_span_lines_and_share_them(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    copy(cloud.put("a.json", '\ufeff{"ts":\n1} {"ts": 2}\n\n{"ts": "3"}'))
    assert [row[0] for row in rows(sql)] == [1, 2, 3]


def test_values_that_are_no_text_become_text(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    copy(
        cloud.put(
            "a.json",
            lines(
                {"ts": 1, "page": True}, {"ts": 2, "page": [1, "a"]}, {"ts": 3, "page": {"a": None}}
            )
            + '{"ts": 4, "page": 1.50}',
        )
    )
    assert [row[1] for row in rows(sql)] == ["true", '[1,"a"]', '{"a":null}', "1.50"]


def test_empty_text_is_null_for_numbers_and_for_text_where_asked(
    sql: Sql, copy: Copy, cloud: Cloud
) -> None:
    url = cloud.put("a.json", lines({"ts": 1, "page": "", "session": ""}))
    copy(url)
    copy(url, "FORMAT JSON 'auto' EMPTYASNULL")
    assert rows(sql) == [(1, "", None, None), (1, None, None, None)]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ('{"ts": 1.5}', (1207, "ts", "Invalid digit, Value '.', Pos 1, Type: Long")),
        ('{"ts": 1, "session": true}', (1207, "session", "Invalid digit, Value 't', Pos 0")),
        ('{"ts": 1, "session": 1e3}', (1207, "session", "Invalid digit, Value 'e', Pos 1")),
        ('{"ts": 1, "session": 2147483648}', (1222, "session", "Overflow")),
        ('{"ts": 1, "length": "long"}', (1208, "length", "Invalid value")),
        ('{"ts": 1, "length": 1e999}', (1204, "length", "Overflow")),
        ('{"ts": 1, "page": "ééééééé"}', (1204, "page", "String length exceeds DDL length")),
        ('{"ts": 1, "page": "a\\u0000b"}', (1218, "page", "Invalid NULL byte")),
        ('{"ts": 1, "page": "\\ud800"}', (1220, "page", "Bad UTF8 hex sequence: eda080")),
        (b'{"ts": 1, "page": "\xff"}', (1220, "page", "Bad UTF8 hex sequence: ff")),
        ('{"page": "Home"}', (1213, "ts", "Missing data for not-null field")),
        ('{"ts": 1', (1216, "", "Invalid JSON object.")),
        ("{'ts': 1}", (1216, "", "Invalid JSON object.")),
        ('{"ts": NaN}', (1216, "", "Invalid JSON object.")),
        ("null", (1216, "", "Invalid value.")),
    ],
)
def test_a_record_that_cannot_be_loaded_is_a_load_error_and_the_rest_is_loaded(
    sql: Sql,
    copy: Copy,
    cloud: Cloud,
    record: str | bytes,
    expected: tuple[int, str, str],
) -> None:
    code, column, reason = expected
    data = record.encode() if isinstance(record, str) else record
    url = cloud.put("a.json", b'{"ts": 10}\n' + data + b'\n{"ts": 11}\n')
    copy(url, "FORMAT JSON 'auto' MAXERROR 2")
    assert [row[0] for row in rows(sql)] == [10, 11]
    [(line, name, found, why, file)] = errors(
        sql, "line_number", "colname", "err_code", "err_reason", "filename"
    )
    assert (line, name, found, file) == (2, column, code, url)
    assert reason in why


def test_invalid_characters_can_be_accepted(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    copy(
        cloud.put("a.json", b'{"ts": 1, "page": "a\xff\xfe"}'), "FORMAT JSON 'auto' ACCEPTINVCHARS"
    )
    assert rows(sql)[0][1] == "a??"


def test_too_long_text_can_be_truncated_at_a_character(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    copy(cloud.put("a.json", '{"ts": 1, "page": "aéééééé"}'), "JSON 'auto' TRUNCATECOLUMNS")
    assert rows(sql)[0][1] == "aéééé"


@pytest.mark.parametrize("shown", [False, True])
@pytest.mark.parametrize("fault", ["size", "index"])
def test_a_large_object_or_a_missing_array_element_fails_the_copy(
    redshift: RedshiftStandIn, sql: Sql, copy: Copy, cloud: Cloud, fault: str, *, shown: bool
) -> None:
    redshift.shows_fatal_errors = shown
    big = '{"ts": 1, "other": "' + "x" * 4 * 1024 * 1024 + '"}'
    url = cloud.put("a.json", lines({"ts": 1, "list": []}) + (big if fault == "size" else ""))
    names = ["$.ts", "$.list[3]" if fault == "index" else "$.page", "$.session", "$.length"]
    paths = cloud.put("paths.json", json.dumps({"jsonpaths": names}))
    with pytest.raises(psycopg2.InternalError) as raised:
        copy(url, f"FORMAT JSON '{paths}' MAXERROR 100")
    assert rows(sql) == []
    reason = "exceeds max limit" if fault == "size" else "Not an array or index out of range"
    [*result] = sql("SELECT err_reason FROM stl_load_errors")
    assert (reason in str(raised.value)) is not shown
    assert [reason in row[0] for row in result] == [True] * shown


@pytest.mark.parametrize(
    "expressions", [["$.ts", "$['page']"], ["$['a'].b", "$['ts']"], ["$.ts", ""], ["$.ts", 1]]
)
def test_jsonpaths_are_strings_in_one_notation(
    sql: Sql, cloud: Cloud, expressions: list[Any]
) -> None:
    sql("CREATE TABLE t (a VARCHAR(10), b VARCHAR(10))")
    paths = cloud.put("paths.json", json.dumps({"jsonpaths": expressions}))
    with pytest.raises(psycopg2.InternalError, match="Invalid JSONPath format"):
        sql(f"COPY t FROM '{cloud.put('a.json', '{}')}' IAM_ROLE '{cloud.role}' JSON '{paths}'")


@pytest.mark.parametrize(("faults", "limit"), [(1, 0), (1, 1), (3, 3), (4, 3)])
def test_errors_that_reach_maxerror_fail_the_copy_and_load_nothing(
    sql: Sql, copy: Copy, cloud: Cloud, faults: int, limit: int
) -> None:
    url = cloud.put("a.json", lines({"ts": 1}) + "{broken\n" * faults)
    with pytest.raises(psycopg2.InternalError, match=r"Load into table 'plays' failed\.  Check"):
        copy(url, f"FORMAT JSON 'auto' MAXERROR {limit}")
    assert rows(sql) == []
    assert len(errors(sql, "err_code")) == max(1, limit)
    assert sql("SELECT pg_last_copy_count()") == [(0,)]


def test_fewer_errors_than_maxerror_leave_a_note(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    copy(cloud.put("a.json", lines({"ts": 1}) + "{broken\n" * 2), "JSON 'auto' MAXERROR 3")
    assert [note.strip() for note in sql.connection.notices[-2:]] == [
        "INFO:  Load into table 'plays' completed, 1 record(s) loaded successfully.",
        (
            "INFO:  Load into table 'plays' completed, 2 record(s) could not be loaded.  Check "
            "'stl_load_errors' system table for details."
        ),
    ]


def test_maxerror_has_a_limit(copy: Copy, cloud: Cloud) -> None:
    with pytest.raises(psycopg2.Error, match="MAXERROR must be between 0 and 100000"):
        copy(cloud.put("a.json", "{}"), "FORMAT JSON 'auto' MAXERROR 100001")


def test_a_manifest_names_the_files(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    first = cloud.put("logs/a.json", lines({"ts": 1}))
    cloud.put("logs/b.json", lines({"ts": 2}))
    third = cloud.put("logs/c.json.gz", gzip.compress(lines({"ts": 3}).encode()))
    copy(cloud.put_manifest("m1", first), "FORMAT JSON 'auto' MANIFEST")
    copy(cloud.put_manifest("m2", third), "FORMAT JSON 'auto' GZIP MANIFEST")
    assert [row[0] for row in rows(sql)] == [1, 3]


def test_a_mandatory_file_that_is_missing_fails_the_copy(
    sql: Sql, copy: Copy, cloud: Cloud
) -> None:
    present = cloud.put("a.json", lines({"ts": 1}))
    manifest = cloud.put_manifest("m", present, f"s3://{BUCKET}/gone.json")
    with pytest.raises(psycopg2.InternalError, match="NoSuchKey"):
        copy(manifest, "FORMAT JSON 'auto' MANIFEST")
    assert rows(sql) == []


def test_a_file_that_is_not_mandatory_may_be_missing(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    present = cloud.put("a.json", lines({"ts": 1}))
    manifest = cloud.put_manifest("m", present, f"s3://{BUCKET}/gone.json", mandatory=False)
    copy(manifest, "FORMAT JSON 'auto' MANIFEST")
    assert len(rows(sql)) == 1


def test_a_file_of_another_size_than_the_manifest_says_fails_the_copy(
    copy: Copy, cloud: Cloud
) -> None:
    url = cloud.put("a.json", lines({"ts": 1}))
    manifest = cloud.put_manifest("m", url, meta={"content_length": 5})
    with pytest.raises(psycopg2.InternalError, match="File size"):
        copy(manifest, "FORMAT JSON 'auto' MANIFEST")


@pytest.mark.parametrize("key", ["nowhere/", "manifest"])
def test_nothing_to_load_is_an_error(copy: Copy, cloud: Cloud, key: str) -> None:
    cloud.put("manifest", '{"entries": []}')
    options = "FORMAT JSON 'auto'" + (" MANIFEST" if key == "manifest" else "")
    with pytest.raises(psycopg2.InternalError, match=f"S3 prefix '{key}' does not exist"):
        copy(f"s3://{BUCKET}/{key}", options)


def test_a_missing_manifest_is_an_error(copy: Copy) -> None:
    with pytest.raises(psycopg2.InternalError, match="Problem reading manifest file"):
        copy(f"s3://{BUCKET}/none", "FORMAT JSON 'auto' MANIFEST")


def test_a_broken_gzip_fails_the_copy_whatever_maxerror_says(
    sql: Sql, copy: Copy, cloud: Cloud
) -> None:
    url = cloud.put("a.json.gz", gzip.compress(lines({"ts": 1}).encode())[:-9])
    with pytest.raises(psycopg2.InternalError, match="gzip"):
        copy(url, "FORMAT JSON 'auto' GZIP MAXERROR 100")
    assert rows(sql) == []


def test_a_bucket_in_another_region_wants_region(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    cloud.s3.create_bucket(
        Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    cloud.s3.put_object(Bucket="far-away", Key="a.json", Body=b'{"ts": 1}')
    with pytest.raises(psycopg2.InternalError, match="specified endpoint"):
        copy("s3://far-away/a.json")
    copy("s3://far-away/a.json", "FORMAT JSON 'auto' REGION 'eu-west-1'")
    assert len(rows(sql)) == 1


@pytest.mark.usefixtures("table")
def test_a_role_must_exist_be_attached_and_trust_redshift(
    sql: Sql, redshift: RedshiftStandIn, cloud: Cloud
) -> None:
    url = cloud.put("a.json", lines({"ts": 1}))
    lambdas = cloud.make_role("lambdas", service="lambda.amazonaws.com")
    unattached = cloud.make_role("unattached")
    redshift.iam_roles = {cloud.role, lambdas}
    missing = cloud.role.replace("copier", "nobody")
    for role in (missing, lambdas, unattached):
        with pytest.raises(psycopg2.InternalError, match="is not authorized to assume IAM Role"):
            sql(f"COPY plays FROM '{url}' IAM_ROLE '{role}' FORMAT JSON 'auto'")
    sql(f"COPY plays FROM '{url}' IAM_ROLE '{cloud.role}' FORMAT JSON 'auto'")
    assert len(rows(sql)) == 1


def test_a_copy_rolls_back_with_its_transaction_and_its_errors_stay(
    sql: Sql, transaction: Sql, copy: Copy, cloud: Cloud
) -> None:
    copy(
        cloud.put("a.json", lines({"ts": 1}) + "broken"),
        "FORMAT JSON 'auto' MAXERROR 2",
        on=transaction,
    )
    assert len(rows(transaction)) == 1
    assert len(errors(transaction, "err_code")) == 1, "seen within the transaction"
    transaction.connection.rollback()
    assert rows(sql) == []
    assert len(errors(transaction, "err_code")) == 1


def test_a_failed_copy_fails_its_transaction(transaction: Sql, copy: Copy, cloud: Cloud) -> None:
    with pytest.raises(psycopg2.InternalError):
        copy(cloud.put("a.json", "broken"), on=transaction)
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        transaction("SELECT 1")


def test_load_errors_have_redshifts_columns_padded_with_blanks(
    sql: Sql, copy: Copy, cloud: Cloud
) -> None:
    copy(cloud.put("a.json", lines({"ts": 1}) + "broken"), "FORMAT JSON 'auto' MAXERROR 2")
    [(file, reason)] = sql("SELECT filename, err_reason FROM stl_load_errors")
    assert (len(file), len(reason)) == (256, 100)
    [(file, query, message)] = sql(
        "SELECT file_name, query_id, error_message FROM sys_load_error_detail "
        "WHERE session_id = pg_backend_pid() AND file_name LIKE 's3://%'"
    )
    assert (len(file), len(message)) == (256, 512)
    assert sql("SELECT pg_last_copy_id()") != [(query,)]


def test_the_history_of_loads_names_what_copy_was_given(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    url = cloud.put("a.json", lines({"ts": 1}) + "broken")
    copy(url, "FORMAT JSON 'auto' MAXERROR 2")
    assert sql(
        "SELECT RTRIM(h.data_source), RTRIM(h.table_name), h.loaded_rows, RTRIM(e.file_name) "
        "FROM sys_load_history h JOIN sys_load_error_detail e ON h.query_id = e.query_id"
    ) == [(url, "plays", 1, url)]


def test_a_serverless_workgroup_shows_nothing_in_stl_views(
    postgres: str, moto_url: str, cloud: Cloud
) -> None:
    with RedshiftStandIn(
        postgres=postgres, s3_endpoint=moto_url, password="x", kind="serverless"
    ) as redshift:
        connection = psycopg2.connect(
            host=redshift.host, port=redshift.port, dbname=redshift.database,
            user=redshift.user, password="x", sslmode="require",
        )  # fmt: skip
        connection.autocommit = True
        sql = Sql(connection)
        sql("CREATE TABLE plays (ts BIGINT)")
        url = cloud.put("a.json", "broken")
        sql(f"COPY plays FROM '{url}' IAM_ROLE '{cloud.role}' FORMAT JSON 'auto' MAXERROR 2")
        assert sql("SELECT * FROM stl_load_errors") == []
        assert len(sql("SELECT * FROM sys_load_error_detail")) == 1
        connection.close()


def test_load_errors_can_lag(redshift: RedshiftStandIn, sql: Sql, copy: Copy, cloud: Cloud) -> None:
    redshift.load_error_lag = 0.5
    copy(cloud.put("a.json", lines({"ts": 1}) + "broken"), "FORMAT JSON 'auto' MAXERROR 2")
    assert errors(sql, "err_code") == []
    while not errors(sql, "err_code"):
        time.sleep(0.05)


def test_a_system_view_can_be_denied(redshift: RedshiftStandIn, sql: Sql) -> None:
    redshift.deny_view("sys_load_error_detail")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        sql("SELECT * FROM sys_load_error_detail")
    assert sql("SELECT * FROM stl_load_errors") == []


@pytest.mark.usefixtures("table")
def test_a_temporary_table_is_copied_into(sql: Sql, cloud: Cloud) -> None:
    sql("CREATE TEMP TABLE incoming (LIKE plays)")
    url = cloud.put("a.json", lines({"ts": 1}))
    sql(f"COPY incoming FROM '{url}' IAM_ROLE '{cloud.role}' FORMAT JSON 'auto' COMPUPDATE OFF")
    assert sql("SELECT ts FROM incoming") == [(1,)]


def test_a_table_that_does_not_exist_is_an_error(sql: Sql, cloud: Cloud) -> None:
    with pytest.raises(psycopg2.InternalError, match="Cannot COPY into nonexistent table nothing"):
        sql(f"COPY nothing FROM 's3://{BUCKET}/a' IAM_ROLE '{cloud.role}' FORMAT JSON 'auto'")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("FORMAT JSON 'auto' BZIP2", "does not imitate COPY's BZIP2"),
        ("FORMAT JSON 'auto' NULL AS 'x'", "NULL is not supported with JSON"),
        ("FORMAT JSON 'auto' FILLRECORD", "FILLRECORD is not supported with JSON"),
        ("", "other formats than JSON"),
        ("FORMAT JSON 'auto' FREEZE", 'syntax error at or near "FREEZE"'),
    ],
)
def test_other_options_are_refused(copy: Copy, cloud: Cloud, options: str, message: str) -> None:
    with pytest.raises(psycopg2.Error, match=message):
        copy(cloud.put("a.json", "{}"), options)


def test_times_are_read_as_timeformat_says(sql: Sql, cloud: Cloud) -> None:
    sql("CREATE TABLE moments (at TIMESTAMP)")
    for data, options in (
        ('{"at": 1541105830796}', "TIMEFORMAT 'epochmillisecs'"),
        ('{"at": "2018-11-01 20:57:10.796"}', ""),
    ):
        url = cloud.put("a.json", data)
        sql(f"COPY moments FROM '{url}' IAM_ROLE '{cloud.role}' FORMAT JSON 'auto' {options}")
    [(first,), (second,)] = sql("SELECT at FROM moments")
    assert first == second
    assert first.isoformat() == "2018-11-01T20:57:10.796000"


def test_the_roles_policy_decides_what_is_read(sql: Sql, cloud: Cloud) -> None:
    """With moto's policies enforced, the role's prefix can be read and no other."""
    sql("CREATE TABLE plays (ts BIGINT)")
    urls = [cloud.put(f"{folder}/a.json", '{"ts": 1}') for folder in ("open", "closed")]
    manifests = [
        cloud.put_manifest(f"open/manifest{number}", url) for number, url in enumerate(urls)
    ]
    policy = {"Effect": "Allow", "Action": "s3:GetObject"}
    cloud.allow_role("copier", {**policy, "Resource": f"arn:aws:s3:::{BUCKET}/open/*"})
    with cloud.enforced_policies():
        copy = f"COPY plays FROM '%s' IAM_ROLE '{cloud.role}' FORMAT JSON 'auto' MANIFEST"
        sql(copy % manifests[0])
        with pytest.raises(psycopg2.InternalError, match="S3ServiceException:Access Denied"):
            sql(copy % manifests[1])
    assert sql("SELECT COUNT(*) FROM plays") == [(1,)]


def test_a_copy_wants_a_role(sql: Sql, copy: Copy, cloud: Cloud) -> None:  # noqa: ARG001 - a table
    with pytest.raises(psycopg2.Error, match="(?i)credentials|IAM_ROLE"):
        sql(f"COPY plays FROM '{cloud.put('a.json', '{}')}' FORMAT JSON 'auto'")


def test_gzip_holds_for_all_files(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    zipped = cloud.put("a.json.gz", gzip.compress(lines({"ts": 1}).encode()))
    plain = cloud.put("b.json", lines({"ts": 2}))
    with pytest.raises(psycopg2.InternalError, match="gzip"):
        copy(cloud.put_manifest("m", zipped, plain), "FORMAT JSON 'auto' MANIFEST GZIP")
    assert rows(sql) == []


def test_how_records_are_read(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    """The last of a key counts; blanks around a number do not; an absent key is NULL."""
    paths = cloud.put(
        "paths.json", json.dumps({"jsonpaths": ["$.ts", "$.ts", "$.session", "$.absent"]})
    )
    url = cloud.put("a.json", '{"ts": 1, "session": 4, "ts": " 2 ", "session": 5}')
    copy(url, f"FORMAT JSON '{paths}'")
    assert rows(sql) == [(2, " 2 ", 5, None)]


def test_another_key_than_jsonpaths_means_auto(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    paths = cloud.put("paths.json", json.dumps({"paths": ["$.other"]}))
    copy(cloud.put("a.json", lines({"ts": 1})), f"FORMAT JSON '{paths}'")
    assert rows(sql) == [(1, None, None, None)]


def test_options_that_change_text_and_numbers(sql: Sql, cloud: Cloud) -> None:
    sql("CREATE TABLE t (a VARCHAR(9), b VARCHAR(9), c DECIMAL(5, 1))")
    url = cloud.put("a.json", '{"a": "  ", "b": "x  ", "c": 1.26}')
    for options in ("", "BLANKSASNULL TRIMBLANKS ROUNDEC"):
        sql(f"COPY t FROM '{url}' IAM_ROLE '{cloud.role}' FORMAT JSON 'auto' {options}")
    found = [(a, b, float(c)) for a, b, c in sql("SELECT a, b, c FROM t ORDER BY c")]
    assert found == [("  ", "x  ", 1.2), (None, "x", 1.3)]


def test_the_line_of_an_error_is_the_last_of_its_object(sql: Sql, copy: Copy, cloud: Cloud) -> None:
    copy(cloud.put("a.json", '{"ts": 1}\n{"ts":\n"x"\n}\n'), "FORMAT JSON 'auto' MAXERROR 2")
    assert errors(sql, "line_number") == [(4,)]


def test_a_user_sees_the_errors_of_their_own_loads(
    redshift: RedshiftStandIn, sql: Sql, copy: Copy, cloud: Cloud
) -> None:
    copy(cloud.put("a.json", lines({"ts": 1}) + "broken"), "FORMAT JSON 'auto' MAXERROR 2")
    redshift.passwords["onlooker"] = "x"
    connection = psycopg2.connect(
        host=redshift.host, port=redshift.port, dbname=redshift.database, user="onlooker",
        password="x", sslmode="require",
    )  # fmt: skip
    onlooker = Sql(connection)
    for view in ("stl_load_errors", "sys_load_error_detail", "sys_load_history"):
        assert (len(sql(f"SELECT 1 FROM {view}")), onlooker(f"SELECT 1 FROM {view}")) == (1, [])
    connection.close()
