"""What makes a good record and what is said of a bad one, record by record."""

import json

import pytest

from sparkify_dagster.lake import datasets
from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster.lake.records import Accepted, Rejected
from sparkify_dagster_tests.lake.reading import (
    MONTH,
    TS,
    bad_records,
    event,
    good_rows,
    read_records_of,
    song,
)

EVENTS, SONGS = datasets.events(), datasets.songs()


def read(content: bytes | str, dataset: Dataset = EVENTS) -> list[object]:
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    return list(read_records_of(raw, dataset, MONTH if dataset is EVENTS else None))


def text_of(key: str, value: str, dataset: Dataset = EVENTS) -> str:
    """Write a good record, with one value as the given JSON text."""
    usual = event() if dataset is EVENTS else song()
    members = {k: json.dumps(v) for k, v in usual.items()} | {key: value}
    return "{" + ", ".join(f'"{k}": {v}' for k, v in members.items()) + "}"


def value_of(key: str, value: str, dataset: Dataset = EVENTS) -> object:
    """Give what a JSON text becomes in a good record; fails where it is rejected."""
    [record] = read(text_of(key, value, dataset), dataset)
    assert isinstance(record, Accepted), record
    keys = [field.key for field in dataset.fields]
    return record.values[keys.index(key)]


def reason_of(key: str, value: str, dataset: Dataset = EVENTS) -> str:
    [record] = read(text_of(key, value, dataset), dataset)
    assert isinstance(record, Rejected), record
    return record.reason


def reasons(content: bytes | str) -> list[str]:
    return [r.reason for r in bad_records(read(content))]


GOOD = json.dumps(event())


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        *[("status", "12", 12), ("status", '"12"', 12), ("status", "-0", 0)],
        *[("status", '"-12"', -12), ("status", '"0012"', 12), ("status", '""', None)],
        *[("status", "2147483647", 2**31 - 1), ("status", "-2147483648", -(2**31))],
        *[("status", "null", None), ("status", '"2147483647"', 2**31 - 1)],
        *[("length", "1e3", 1000.0), ("length", '"1.5"', 1.5), ("length", '"1.5e2"', 150.0)],
        *[("length", "12", 12.0), ("length", "1E-400", 0.0), ("length", '""', None)],
        *[("length", "-1.7976931348623157e308", -1.7976931348623157e308)],
        *[("registration", "1540991795796", 1540991795796.0), ("registration", "null", None)],
        *[("artist", "12", "12"), ("artist", "12.50", "12.50"), ("artist", "1E5", "1E5")],
        *[("artist", '" a "', " a "), ("artist", '""', None), ("artist", '"null"', "null")],
        *[("artist", "-0", "-0"), ("artist", '"\\/\\u00e9\\ud83c\\udfb5"', "/é\U0001f3b5")],
        *[("artist", '"a\u2028\u0085\x7fb"', "a\u2028\u0085\x7fb")],
        *[("userId", '"10"', "10"), ("userId", "10", "10"), ("userId", '"-7"', "-7")],
        *[("userId", '""', None), ("userId", "null", None), ("userId", '"007"', "007")],
        *[("userId", '"9223372036854775807"', "9223372036854775807")],
        *[
            ("song", json.dumps("é" * 512), "é" * 512),
            ("userAgent", json.dumps("a" * 2048), "a" * 2048),
        ],
    ],
)
def test_a_value_that_keeps_the_rules_is_taken(key: str, value: str, wanted: object) -> None:
    found = value_of(key, value)
    assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.parametrize("key", [field.key for field in EVENTS.fields if not field.required])
def test_an_empty_text_is_null_in_every_column(key: str) -> None:
    assert value_of(key, '""') is None


@pytest.mark.parametrize("zero", ["-0", "-0.0", '"-0.0"', "-1e-400", "0"])
def test_zero_has_no_sign(zero: str) -> None:
    """Found: one way of reading kept the sign of -0, the other did not."""
    assert repr(value_of("artist_latitude", zero, SONGS)) == "0.0"


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        *[("ts", text, "ts is missing") for text in ("null", '""')],
        *[("page", text, "page is missing") for text in ("null", '""')],
        *[("sessionId", "null", "sessionId is missing")],
        *[("itemInSession", '""', "itemInSession is missing")],
        *[
            ("status", text, "status is not an integer")
            for text in (
                "12.7",
                "12.0",
                "1e3",
                '" 12 "',
                '"12 "',
                '"+1"',
                "true",
                "[]",
                "{}",
                '"x"',
            )
        ],
        *[("status", '"\u0663"', "status is not an integer")],  # a digit, but no ASCII one
        *[("status", text, "status is out of range") for text in ("2147483648", "-2147483649")],
        *[("status", "9" * 5000, "status is out of range")],
        *[("ts", "9223372036854775808", "ts is out of range")],
        *[
            ("length", text, "length is not a number")
            for text in ('" 1.5"', '"1.5 "', '"NaN"', '"Infinity"', '"x"', "true", "[1]", '"1_0"')
        ],
        *[("length", text, "length is out of range") for text in ("1e999", '"-1e999"', "9" * 400)],
        *[("artist", text, "artist is not text") for text in ("true", "false", "[]", '{"a": 1}')],
        *[("userId", text, "userId is not an integer") for text in ('"abc"', "1.5", '" 1"', '" "')],
        *[("userId", text, "userId is out of range") for text in ('"9223372036854775808"',)],
        *[("userId", "true", "userId is not text")],
        *[("song", json.dumps("é" * 513), "song is longer than 1024 bytes")],
        *[("userAgent", json.dumps("a" * 2049), "userAgent is longer than 2048 bytes")],
        *[("artist", r'"a\u0000"', "holds a NUL character")],
        *[("unknown", r'{"a": ["\u0000"]}', "holds a NUL character")],
        *[("artist", r'"\ud800"', "holds a lone surrogate")],
        *[("unknown", r'"\udc00"', "holds a lone surrogate")],
    ],
)
def test_a_value_that_breaks_a_rule_is_a_reject(key: str, value: str, reason: str) -> None:
    assert reason_of(key, value) == reason


@pytest.mark.parametrize("key", ["song_id", "title", "artist_id", "artist_name"])
@pytest.mark.parametrize("value", ["null", '""'])
def test_a_song_has_its_ids_and_names(key: str, value: str) -> None:
    assert reason_of(key, value, SONGS) == f"{key} is missing"


@pytest.mark.parametrize("key", ["song_id", "artist_id"])
def test_an_id_has_64_bytes_at_most(key: str) -> None:
    assert value_of(key, json.dumps("a" * 64), SONGS) == "a" * 64
    assert reason_of(key, json.dumps("a" * 63 + "é"), SONGS) == f"{key} is longer than 64 bytes"


def test_a_year_of_0_is_kept_in_staging() -> None:
    assert value_of("year", "0", SONGS) == 0


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "nan", "-NaN"])
@pytest.mark.parametrize("key", ["length", "unknown"])
def test_a_constant_that_is_not_json_breaks_the_line(key: str, constant: str) -> None:
    assert reason_of(key, constant).startswith("not JSON: ")


@pytest.mark.parametrize(
    "line", ["null", "12", '"text"', "true", "[]", '[{"ts": 1}]', "1.5e3", "-0"]
)
def test_what_is_no_object_is_a_reject(line: str) -> None:
    assert read(f"{GOOD}\n{line}")[1:] == [Rejected(2, "not a JSON object", line)]


@pytest.mark.parametrize(
    "line",
    [
        *["not json", "{", "}", '{"a"}', '{"a": }', '{"a": 1,}', "{'a': 1}", '{"a": 1 "b": 2}'],
        *['{"a": [1,]}', '{"a": 01}', '{"a": .5}', '{"a": "b', '{"a": "\tb"}', r'{"a": "\x"}'],
        *['{"a": /* no */ 1}', "#", '{"a": 1}}', "\ufeff{}", '{"a": "\x01"}', '{"a":\x0c1}'],
    ],
)
def test_a_line_that_is_not_json_is_one_reject_and_the_next_is_read(line: str) -> None:
    records = read(f"{GOOD}\n{line}\n{GOOD}\n")
    assert len(good_rows(records)) == 2
    *_, last = bad_records(records)
    assert last.line == 2
    assert last.reason.startswith("not JSON: ")


def test_an_empty_object_lacks_what_is_required() -> None:
    assert read("{}") == [Rejected(1, "itemInSession is missing", "{}")]


@pytest.mark.parametrize("key", ["ts", "page", "sessionId", "itemInSession"])
def test_an_absent_key_is_null(key: str) -> None:
    record = {k: v for k, v in event().items() if k != key}
    assert reasons(json.dumps(record)) == [f"{key} is missing"]


def test_absent_keys_are_null_where_that_is_allowed() -> None:
    [row] = good_rows(read(GOOD))
    assert sorted(map(str, (value for value in row if value is not None))) == sorted(
        ["NextSong", "0", "38", str(TS)]
    )


def test_unknown_keys_are_ignored_however_often_they_come() -> None:
    line = GOOD.replace("{", '{"x": 1, "x": {"ts": null, "ts": 2}, "TS": "z", "": [], ', 1)
    assert good_rows(read(line)) == good_rows(read(GOOD))


@pytest.mark.parametrize("again", ['"page": "NextSong"', '"p\\u0061ge": null', '"page": ""'])
def test_a_known_key_that_comes_twice_is_a_reject(again: str) -> None:
    assert reasons(GOOD.replace("{", "{" + again + ", ", 1)) == ["page is there twice"]


def test_an_escaped_key_is_the_key() -> None:
    assert good_rows(read(GOOD.replace('"ts"', '"\\u0074\\u0073"'))) == good_rows(read(GOOD))


@pytest.mark.parametrize("garbled", [b"\xff", b"\xc3(", b"\xc0\xaf", b"\xed\xa0\x80", b"\xe2\x82"])
def test_bytes_that_are_not_utf8_are_a_reject_and_shown(garbled: bytes) -> None:
    line = text_of("artist", '"?"').encode().replace(b"?", garbled)
    shown = line.decode("utf-8", "backslashreplace")
    assert read(line + b"\n" + GOOD.encode())[0] == Rejected(1, "not UTF-8", shown)
    assert "\\x" in shown
    assert len(good_rows(read(line + b"\n" + GOOD.encode()))) == 1


def test_not_utf8_in_an_unknown_key_is_a_reject_too() -> None:
    assert reasons(GOOD.encode().replace(b"{", b'{"\xff": 1, ', 1)) == ["not UTF-8"]


def test_a_raw_nul_is_a_reject_and_shown() -> None:
    line = text_of("artist", '"a\x00b"')
    assert read(line) == [Rejected(1, "holds a NUL character", line.replace("\x00", "\\x00"))]


def test_the_raw_text_is_cut_at_1024_bytes() -> None:
    line = text_of("artist", json.dumps("é" * 2000, ensure_ascii=False))
    [rejected] = bad_records(read(line))
    assert rejected.raw_text.encode().startswith(line.encode()[:1023])
    assert len(line.encode()[:1024].decode("utf-8", "backslashreplace")) == len(rejected.raw_text)


def test_a_byte_order_mark_at_the_start_is_nothing() -> None:
    assert len(good_rows(read(b"\xef\xbb\xbf" + GOOD.encode()))) == 1
    assert reasons(GOOD.encode() + b"\n\xef\xbb\xbf" + GOOD.encode()) != []


@pytest.mark.parametrize("blank", ["", "\n", "\r\n", " \t\n", "\n\n\n", " "])
def test_blank_lines_are_nothing(blank: str) -> None:
    assert read(blank) == []
    assert len(read(f"{blank}{GOOD}\n{blank}{GOOD}{blank}")) == 2


@pytest.mark.parametrize("between", ["", " ", "\t", "\r\n", "\n\n"])
def test_objects_need_nothing_between_them(between: str) -> None:
    assert len(good_rows(read(between.join([GOOD] * 3)))) == 3


def test_an_object_may_span_lines_and_lines_are_counted() -> None:
    spread = json.dumps(event(), indent=1)
    lines = spread.count("\n") + 1
    records = read(f"{spread}\n{spread}{GOOD}\n\nnull\n")
    assert len(good_rows(records)) == 3
    assert [r.line for r in bad_records(records)] == [2 * lines + 2]
    assert [r.line for r in records if isinstance(r, Accepted)] == [1, lines + 1, 2 * lines]


def test_after_a_broken_object_reading_goes_on_with_the_line_after_its_first() -> None:
    records = read('{"page": "NextSong", "ts":\n' + GOOD + "\n")
    assert [r.line for r in bad_records(records)] == [1]
    assert len(good_rows(records)) == 1


def test_what_follows_a_broken_object_on_its_line_is_lost_with_it() -> None:
    records = read(f"{{broken}} {GOOD}\n{GOOD}")
    assert [r.raw_text for r in bad_records(records)] == [f"{{broken}} {GOOD}"]
    assert len(good_rows(records)) == 1


def test_a_bad_record_does_not_touch_its_neighbours_on_the_line() -> None:
    bad = text_of("status", "true")
    records = read(GOOD + bad + GOOD)
    assert [(r.line, r.raw_text) for r in bad_records(records)] == [(1, bad)]
    assert len(good_rows(records)) == 2


@pytest.mark.parametrize("depth", [98, 101, 500, 100_000])
def test_nesting_is_limited_alike_wherever_the_reader_is_called(depth: int) -> None:
    """Found: how deep was too deep hung on Python's stack, so on who called."""
    found = read(text_of("unknown", "[" * depth + "]" * depth) + "\n" + GOOD)
    assert len(found) == 2
    wanted = [] if depth < 100 else ["not JSON: nested too deeply"]
    assert [r.reason for r in bad_records(found)] == wanted


def test_brackets_in_texts_are_not_nesting() -> None:
    assert value_of("artist", json.dumps('"[{' * 200)) == '"[{' * 200


def test_a_line_of_many_megabytes_may_hold_many_objects() -> None:
    """Found: characters cut in two where such a line is read in parts were taken for bad bytes."""
    line = json.dumps(event(artist="é" * 500, song="€\U0001f3b5" * 100), ensure_ascii=False)
    records = read(line * 6_000 + "\n" + GOOD)
    assert bad_records(records) == []
    assert len(good_rows(records)) == 6_001


def test_the_whole_rest_of_a_long_line_is_lost_with_a_broken_object() -> None:
    """Found: reading went on in the middle of the line, not after it."""
    records = read("{broken " + GOOD * 60_000 + "\n" + GOOD)
    assert [r.line for r in bad_records(records)] == [1]
    assert [r.line for r in records if isinstance(r, Accepted)] == [2]


def test_an_object_over_many_lines_has_4_mb_at_most() -> None:
    lines = ",\n".join(f'"k{n}": "{"x" * 1000}"' for n in range(4_200))
    records = read("{" + lines + "}\n" + GOOD)
    assert bad_records(records)[0].reason == "longer than 4 MB"
    assert len(good_rows(records)) == 1


def test_text_that_never_ends_is_too_long() -> None:
    records = read('{"page": "' + "x" * 6_000_000 + "\n" + GOOD)
    assert [r.reason for r in bad_records(records)] == ["longer than 4 MB"]
    assert len(good_rows(records)) == 1
