"""The bulk parser against the record parser: what the first accepts, the second accepts alike.

The record parser (`records.py`) is the reference: it is plain, and tested record by record in
`test_records.py` and `test_bad_input.py`.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sparkify_dagster.lake import datasets, fast
from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster.lake.gather import Gatherer
from sparkify_dagster.lake.records import ArrayError
from sparkify_dagster.lake.source import SourceFile
from sparkify_dagster_tests.lake import lines
from sparkify_dagster_tests.lake.reading import (
    MONTH,
    TS,
    bad_records,
    event,
    good_rows,
    read_logs,
    read_records_of,
    read_songs,
    song,
    staging,
    write,
)

DATASETS = (datasets.events(), datasets.songs())
LARGE = (b" " * 63 + b"\n") * 1_025  # blank lines that make a file too large for a bundle

# The same examples every time: a test that fails now and then stops the wrong person's work.
thorough = settings(
    deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), max_examples=60
)
brief = settings(thorough, max_examples=25)


def month_of(dataset: Dataset) -> str | None:
    return MONTH if dataset.folder == "log_data" else None


def folder_of(dataset: Dataset) -> str:
    return "log_data/2018/11" if dataset.folder == "log_data" else "song_data/A"


def read_fast(dataset: Dataset, contents: Sequence[bytes]) -> list[list[tuple[object, ...]] | None]:
    """Give the rows of each text as the bulk parser reads it, None where it does not."""
    month = month_of(dataset)
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = []
        for number, content in enumerate(contents):
            write(folder, str(number), content)
            version = str((folder / str(number)).stat().st_mtime_ns)
            files.append(SourceFile(str(number), len(content), version, month))
        texts = folder / "texts"
        texts.mkdir()
        [gathered] = Gatherer(FolderSource(name), texts, positions=True).batches(files)
        tx, numbers = staging(dataset), {file.path: 1 for file in files}
        batch = fast.Batch(gathered.bundles, bundled=True)
        counts = fast.parse(tx.parser(), batch, dataset, month, numbers)
    columns = ", ".join(field.column for field in dataset.fields)
    rows: dict[str, list[tuple[object, ...]]] = {}
    for path, *row in tx.query(f"SELECT source_text, {columns} FROM {fast.TABLE}"):
        rows.setdefault(path, []).append(tuple(row))
    return [
        rows.get(g.file.path, []) if g.text and counts.get(g.file.path, 0) is not None else None
        for g in gathered.files
    ]


def is_array(content: bytes, dataset: Dataset) -> bool:
    """Whether a file is broken because it is one JSON array."""
    try:
        read_records_of(content, dataset, month_of(dataset))
    except ArrayError:
        return True
    return False


def in_any_order(rows: Sequence[tuple[object, ...]]) -> Counter[str]:
    """Count rows by their text, in which -0.0 differs from 0.0 and 1 from 1.0."""
    return Counter(map(repr, rows))


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda d: d.folder)
@thorough
@given(data=st.data())
def test_what_the_bulk_parser_accepts_is_what_the_record_parser_gives(
    dataset: Dataset, data: st.DataObject
) -> None:
    """Found: -0 read as 0 or -0, objects nested too deeply for one of them, and \\r\\n for none."""
    contents = data.draw(st.lists(lines.contents(dataset), min_size=1, max_size=12))
    for content, rows in zip(contents, read_fast(dataset, contents), strict=True):
        if rows is None:
            continue
        records = read_records_of(content, dataset, month_of(dataset))
        assert not bad_records(records), content
        assert in_any_order(rows) == in_any_order(good_rows(records)), content


@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("dataset", DATASETS, ids=lambda d: d.folder)
@brief
@given(data=st.data())
def test_a_load_gives_what_the_record_parser_gives_whichever_parser_reads(
    dataset: Dataset, size: str, data: st.DataObject
) -> None:
    contents = data.draw(st.lists(lines.contents(dataset), min_size=1, max_size=6))
    # A text that ends in a broken line goes on in the next one: keep it apart from the filling.
    filling = LARGE if size == "large" else b""
    contents = [c for c in contents if not c.startswith(b"\xef\xbb") and not is_array(c, dataset)]
    contents = [filling + content for content in contents]
    with TemporaryDirectory() as name:
        for number, content in enumerate(contents):
            write(Path(name), f"{folder_of(dataset)}/{number}.json", content)
        reading = (read_logs if month_of(dataset) else read_songs)(Path(name))
    expected = [read_records_of(content, dataset, month_of(dataset)) for content in contents]
    wanted = [row for records in expected for row in good_rows(records)]
    keys = [field.key for field in dataset.fields]
    found = [tuple(row.get(key) for key in keys) for row in reading.rows]
    assert in_any_order(found) == in_any_order(wanted)
    assert reading.reasons == [r.reason for records in expected for r in bad_records(records)]
    assert reading.counts_add_up


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda d: d.folder)
def test_the_bulk_parser_accepts_ordinary_files(dataset: Dataset) -> None:
    """Without this the property above could hold because nothing is taken."""
    record = event(userId="10", artist="Björk", length=1.5) if month_of(dataset) else song(year=0)
    line = json.dumps(record).encode()
    ends = [b"", b"\n", b"\r\n", b"\n\n", b" \n", b"\n" + line, b"\r\n" + line + b"\r\n"]
    odd = [
        json.dumps({**record, "unknown": {"a": [1, {"ts": None}]}}).encode(),
        json.dumps(record, ensure_ascii=False).encode(),
        line.replace(b'":', b'" : ').replace(b"{", b"\t{ "),
        json.dumps({key: record[key] for key in sorted(record, reverse=True)}).encode(),
    ]
    contents = [*(line + end for end in ends), *odd, b"", b"\n \n"]
    assert None not in read_fast(dataset, contents)


@pytest.mark.parametrize("root", ["a", "[a]", "line=3", "it's 100 % é \N{MUSICAL NOTE}"])
def test_a_path_is_a_path_and_no_pattern(tmp_path: Path, root: str) -> None:
    """Found: DuckDB read other files with `a*.json`, and took a column out of `line=3`."""
    tmp_path /= root
    names = ("a*.json", "ab.json", "a[b].json", "a?.json")
    for number, name in enumerate(names):
        content = json.dumps(event(itemInSession=number)).encode() + b"\n" + LARGE
        write(tmp_path, f"log_data/2018/11/{name}", content)
    reading = read_logs(tmp_path)
    assert [row["itemInSession"] for row in reading.rows] == [0, 1, 2, 3]
    assert reading.counts_add_up


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_log_of_many_megabytes_is_read_whole(tmp_path: Path, end: bytes) -> None:
    """DuckDB cuts large files into parts that several threads read."""
    line = json.dumps(event(artist="x" * 1000, itemInSession=-1)).encode() + end
    lines_ = (line.replace(b"-1", b"%d" % number) for number in range(40_000))
    write(tmp_path, "log_data/2018/11/large.json", b"".join(lines_))
    reading = read_logs(tmp_path)
    assert not reading.rejects
    assert {row["itemInSession"] for row in reading.rows} == set(range(40_000))
    assert reading.counts_add_up


def test_thousands_of_small_files_are_read_whole(tmp_path: Path) -> None:
    for number in range(4_500):  # more than a batch
        content = json.dumps(song(song_id=f"SO{number}")).encode()
        write(tmp_path, f"song_data/A/{number % 7}/{number}.json", content)
    reading = read_songs(tmp_path)
    assert len({row["song_id"] for row in reading.rows}) == 4_500
    assert {row["position"] for row in reading.rows} == {1}
    assert reading.counts_add_up


@pytest.mark.parametrize("length", [1_000_000, 4_000_000])
def test_a_very_long_line_is_a_good_record(tmp_path: Path, length: int) -> None:
    content = json.dumps(event(unknown="x" * length)).encode()
    write(tmp_path, "log_data/2018/11/a.json", content)
    assert read_logs(tmp_path).rows == [event()]


def test_an_object_of_more_than_4_mb_is_a_reject(tmp_path: Path) -> None:
    content = json.dumps(event(unknown="x" * 4 * 1024 * 1024)).encode()
    good = json.dumps(event()).encode()
    write(tmp_path, "log_data/2018/11/a.json", b"\n".join((good, content, good)))
    reading = read_logs(tmp_path)
    assert reading.rows == [event(), event()]
    assert [(line, reason) for _, line, reason, _ in reading.rejects] == [(2, "longer than 4 MB")]


def test_songs_keep_their_position_in_a_large_file(tmp_path: Path) -> None:
    records = [song(song_id=f"SO{n}", artist_location="x" * 1000) for n in range(200)]
    content = b"\n\n".join(json.dumps(record).encode() for record in records)
    write(tmp_path, "song_data/all.json", content)
    rows = sorted(read_songs(tmp_path).rows, key=lambda row: int(row["position"]))
    assert [row["song_id"] for row in rows] == [record["song_id"] for record in records]
    assert [row["position"] for row in rows] == list(range(1, 201))


def test_the_month_is_that_of_utc(tmp_path: Path) -> None:
    first, end = 1541030400000, 1543622400000
    moments = (first - 1, first, TS, end - 1, end)
    for ts in moments:
        write(tmp_path, f"log_data/2018/11/{ts}.json", json.dumps(event(ts=ts)).encode())
    reading = read_logs(tmp_path)
    assert [row["ts"] for row in reading.rows] == [first, TS, end - 1]
    assert reading.reasons == [
        f"ts {ts} lies outside 2018-11, the month of its folder" for ts in (first - 1, end)
    ]
