"""Files that are not as they should be: what is rejected, what is loaded, and that it adds up."""

import gzip
import json
import os
import shutil
from pathlib import Path
from typing import BinaryIO

import pytest

from sparkify_dagster.errors import SourceError
from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster.lake.source import SourceChanged, SourceFile
from sparkify_dagster_tests.lake.reading import event, read_logs, read_songs, song, write

FOLDER = "log_data/2018/11"
GOOD = json.dumps(event()).encode()
LARGE = (b" " * 63 + b"\n") * 1_025  # blank lines that make a file too large for a bundle


def lines(*records: bytes) -> bytes:
    return b"".join(record + b"\n" for record in records)


@pytest.mark.parametrize("filling", [b"", LARGE], ids=["small", "large"])
def test_every_bad_record_is_reported_by_file_and_line_and_the_good_ones_are_loaded(
    tmp_path: Path, filling: bytes
) -> None:
    bad = [b"not json", b"null", b"[1]", GOOD.replace(b'"ts": 15', b'"ts": true, "x": 15')]
    write(tmp_path, f"{FOLDER}/a.json", lines(GOOD, bad[0], GOOD, b"", bad[1]) + filling)
    write(tmp_path, f"{FOLDER}/b.json", filling + lines(bad[2], bad[3], GOOD))
    write(tmp_path, f"{FOLDER}/c.json", filling + GOOD)
    reading = read_logs(tmp_path)
    offset = filling.count(b"\n")
    assert sorted(reading.rejects) == [
        (f"{FOLDER}/a.json", 2, "not JSON: expecting value", "not json"),
        (f"{FOLDER}/a.json", 5, "not a JSON object", "null"),
        (f"{FOLDER}/b.json", 1 + offset, "not a JSON object", "[1]"),
        (f"{FOLDER}/b.json", 2 + offset, "ts is not an integer", bad[3].decode()),
    ]
    assert reading.rows == [event()] * 4
    assert [(f.file.path[-6:], f.rows, f.rejects) for f in reading.staged.files] == [
        ("a.json", 2, 2),
        ("b.json", 1, 2),
        ("c.json", 1, 0),
    ]


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\t\n", b"\xef\xbb\xbf"])
def test_a_file_without_records_is_loaded_and_holds_nothing(
    tmp_path: Path, name: str, content: bytes
) -> None:
    write(tmp_path, f"{FOLDER}/{name}", gzip.compress(content) if name.endswith("gz") else content)
    reading = read_logs(tmp_path)
    assert (reading.rows, reading.rejects) == ([], [])
    assert [(f.rows, f.rejects) for f in reading.staged.files] == [(0, 0)]


def test_what_comes_before_corrupt_data_in_a_gzip_is_read(tmp_path: Path) -> None:
    """Found by the fuzzer: before the fix, up to 8 KiB of gzip before the damage were lost."""
    zipped = gzip.compress(GOOD + b"\n" + GOOD + b"\n", 0)  # stored as it is
    second = gzip.compress(GOOD, 0)
    damaged = zipped + second[:11] + b"\xff\xff" + second[13:]
    write(tmp_path, f"{FOLDER}/a.json.gz", damaged)
    reading = read_logs(tmp_path)
    assert reading.rows == [event()] * 2
    [reason] = reading.reasons
    assert reason.startswith("the file breaks off: ")


def test_a_gzip_of_no_bytes_is_an_empty_file(tmp_path: Path) -> None:
    write(tmp_path, f"{FOLDER}/a.json.gz", b"")
    assert read_logs(tmp_path).rejects == []


@pytest.mark.parametrize("filling", [b"", LARGE], ids=["small", "large"])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r", b"\n\n", b" "])
def test_the_end_of_a_file_is_no_matter(tmp_path: Path, end: bytes, filling: bytes) -> None:
    """Found: \\r\\n made DuckDB's strict reader of lines fail, and the load with it."""
    write(tmp_path, f"{FOLDER}/a.json", filling + GOOD + b"\n" + GOOD + end)
    reading = read_logs(tmp_path)
    assert reading.rows == [event()] * 2
    assert reading.rejects == []


@pytest.mark.parametrize("filling", [b"", LARGE], ids=["small", "large"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\n\r\n"])
def test_every_line_end_is_one(tmp_path: Path, end: bytes, filling: bytes) -> None:
    write(tmp_path, f"{FOLDER}/a.json", filling + end.join([GOOD, GOOD, b"null", GOOD]))
    reading = read_logs(tmp_path)
    assert reading.rows == [event()] * 3
    [(_, line, _, _)] = reading.rejects
    assert line == 1 + 2 * end.count(b"\n") + filling.count(b"\n")


@pytest.mark.parametrize("rows", [10, 5_000], ids=["small", "large"])
def test_gzip_is_read_as_its_content_is(tmp_path: Path, rows: int) -> None:
    records = [event(itemInSession=n, artist=os.urandom(8).hex()) for n in range(rows)]
    content = lines(*(json.dumps(record).encode() for record in records))
    write(tmp_path, f"{FOLDER}/a.json.gz", gzip.compress(content))
    write(tmp_path, f"{FOLDER}/b.json.gz", gzip.compress(GOOD) + gzip.compress(b"\n" + GOOD))
    reading = read_logs(tmp_path)
    assert [(f.rows, f.rejects) for f in reading.staged.files] == [(rows, 0), (2, 0)]
    assert {row.get("artist") for row in reading.rows} == {None, *(r["artist"] for r in records)}


@pytest.mark.parametrize("rows", [100, 5_000], ids=["small", "large"])
@pytest.mark.parametrize("cut", [1, 8, 100, 2_000])
def test_a_truncated_gzip_is_one_reject_and_the_rest_is_loaded(
    tmp_path: Path, rows: int, cut: int
) -> None:
    """Found: up to a megabyte of good records before the break was lost."""
    records = [event(itemInSession=n, artist=os.urandom(16).hex()) for n in range(rows)]
    content = lines(*(json.dumps(record).encode() for record in records))
    zipped = gzip.compress(content)
    write(tmp_path, f"{FOLDER}/a.json.gz", zipped[:-cut])
    reading = read_logs(tmp_path)
    [(_, line, reason, raw)] = reading.rejects
    assert reason.startswith("the file breaks off: ")
    assert line == len(reading.rows) + 1
    # Every byte that gzip gives back is in a row or in the reject.
    assert len(reading.rows) > rows - 1 - cut // 10
    if len(reading.rows) < rows:
        assert json.dumps(records[len(reading.rows)]).startswith(raw)
    assert {row["itemInSession"] for row in reading.rows} == set(range(len(reading.rows)))
    assert reading.counts_add_up


@pytest.mark.parametrize("rows", [100, 5_000], ids=["small", "large"])
@pytest.mark.parametrize("at", [3, 12, -6], ids=["header", "data", "checksum"])
def test_a_corrupt_gzip_is_a_reject_and_no_traceback(tmp_path: Path, rows: int, at: int) -> None:
    """Found: what zlib says of corrupt data ended the load with a traceback."""
    content = lines(*(json.dumps(event(artist=os.urandom(16).hex())).encode() for _ in range(rows)))
    zipped = bytearray(gzip.compress(content))
    zipped[at] ^= 0xFF
    write(tmp_path, f"{FOLDER}/a.json.gz", bytes(zipped))
    write(tmp_path, f"{FOLDER}/b.json", GOOD)
    reading = read_logs(tmp_path)
    assert reading.reasons
    assert reading.reasons[-1].startswith("the file breaks off: ")
    assert event() in reading.rows
    assert reading.counts_add_up


def test_a_small_gzip_with_a_very_long_line_is_read(tmp_path: Path) -> None:
    """Found: DuckDB refused the line, and the load failed."""
    long = json.dumps(event(unknown="x" * 5_000_000)).encode()
    write(tmp_path, f"{FOLDER}/a.json.gz", gzip.compress(lines(GOOD, long, GOOD)))
    reading = read_logs(tmp_path)
    assert reading.rows == [event()] * 2
    assert [(line, reason) for _, line, reason, _ in reading.rejects] == [(2, "longer than 4 MB")]


def test_songs_over_several_lines_keep_their_order(tmp_path: Path) -> None:
    records = [song(song_id=f"SO{n}") for n in range(3)]
    text = json.dumps(records[0], indent=1) + json.dumps(records[1]) + "\n" + json.dumps(records[2])
    write(tmp_path, "song_data/A/a.json", b"null\n" + text.encode())
    reading = read_songs(tmp_path)
    # The place of a record counts rejects too: a mended one takes the place that it had.
    assert sorted((row["position"], row["song_id"]) for row in reading.rows) == [
        (2, "SO0"),
        (3, "SO1"),
        (4, "SO2"),
    ]


NAMES = ["a b.json", "it's.json", '"a".json', "100%.json", "%s.json", "é \N{MUSICAL NOTE}.json"]
NAMES += ["#.json", "a,b;c.json", "~.json", "$HOME.json", "a\tb.json", "a\nb.json", "a\\b.json"]
NAMES += ["\u00a0.json", "null.json", "*.json", "[a].json", "{a,b}.json", "-.json", "a=b.json"]


@pytest.mark.parametrize("filling", [b"", LARGE, b"null\n"], ids=["small", "large", "bad"])
def test_a_name_may_hold_anything(tmp_path: Path, filling: bytes) -> None:
    for number, name in enumerate(NAMES):
        content = filling + json.dumps(event(itemInSession=number)).encode()
        write(tmp_path, f"{FOLDER}/{name}", content)
    reading = read_logs(tmp_path)
    assert {row["itemInSession"] for row in reading.rows} == set(range(len(NAMES)))
    assert sorted(f.file.path for f in reading.staged.files) == sorted(
        f"{FOLDER}/{name}" for name in NAMES
    )
    assert len(reading.rejects) == (len(NAMES) if filling == b"null\n" else 0)
    assert reading.counts_add_up


class RestlessSource(FolderSource):
    """A folder in which something happens to the first file that is opened."""

    readers = 1

    def __init__(self, folder: Path, happening: str, after: int) -> None:
        super().__init__(str(folder))
        self._happening = happening
        self._after = after

    def open(self, file: SourceFile) -> BinaryIO:
        self._after -= 1
        path = Path(self.location, file.path)
        if self._after == 0:
            if self._happening == "vanishes":
                path.unlink()
            else:
                shutil.copy(path, path.with_name("copy"))
                path.write_bytes(path.read_bytes() + b"\n" + GOOD)
        return super().open(file)


@pytest.mark.parametrize(
    "content", [GOOD, LARGE + GOOD, b"null\n" + GOOD], ids=["small", "large", "bad"]
)
@pytest.mark.parametrize("happening", ["vanishes", "grows"])
def test_a_file_that_changes_after_it_was_listed_is_not_taken_as_it_was(
    tmp_path: Path, happening: str, content: bytes
) -> None:
    write(tmp_path, f"{FOLDER}/a.json", content)
    with pytest.raises(SourceChanged, match="a.json"):
        read_logs(RestlessSource(tmp_path, happening, after=1))


@pytest.mark.parametrize("happening", ["vanishes", "grows"])
def test_a_file_that_changes_before_it_is_read_record_by_record_is_noticed(
    tmp_path: Path, happening: str
) -> None:
    """Found: what was read the second time was loaded under the first time's digest."""
    write(tmp_path, f"{FOLDER}/a.json", b"null\n" + GOOD)
    with pytest.raises(SourceChanged, match="a.json"):
        read_logs(RestlessSource(tmp_path, happening, after=2))


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    write(tmp_path, f"{FOLDER}/a.json", GOOD).chmod(0)
    with pytest.raises(SourceError, match=r"a\.json cannot be read"):
        read_logs(tmp_path)
