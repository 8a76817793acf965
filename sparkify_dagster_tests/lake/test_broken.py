"""Broken files: the load of their month fails with one message that says what they are."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from pathlib import Path

import pytest

from sparkify_dagster.lake.broken import BrokenFileError
from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster.lake.inspection import inspect
from sparkify_dagster_tests.lake.reading import MONTH, event, read_logs, read_songs, song, write

FOLDER = "log_data/2018/11"
GOOD = json.dumps(event()).encode()
EVENTS = [event(itemInSession=n) for n in range(40)]
MANY = b"".join(json.dumps(record).encode() + b"\n" for record in EVENTS * 2_000)


def zipped(content: bytes) -> bytes:
    """Give a zip archive with one file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("events.json", content)
    return archive.getvalue()


def array(records: object, **layout: object) -> bytes:
    """Write records as one JSON array."""
    return json.dumps(records, **layout).encode()  # type: ignore[arg-type]


BROKEN: dict[str, tuple[str, bytes, str]] = {
    "array": ("a.json", array(EVENTS), "one JSON array"),
    "empty array": ("a.json", b"[]\n", "one JSON array"),
    "array over several lines": ("a.json", array(EVENTS, indent=2), "one JSON array"),
    "array in gzip": ("a.json.gz", gzip.compress(array(EVENTS)), "gzip -dc a.json.gz | jq"),
    "array after blanks": ("a.json", b" \n\t\r\n" + array(EVENTS) + b"\n\n", "one JSON array"),
    "array after a byte order mark": (
        "a.json",
        b"\xef\xbb\xbf" + array(EVENTS, indent=1),
        "one JSON array",
    ),
    "array of more than an object may be": ("a.json", array(EVENTS * 1_600), "one JSON array"),
    "array of many lines": ("a.json", array(EVENTS * 1_600, indent=1), "one JSON array"),
    "array that breaks off": ("a.json", array(EVENTS)[:-50], "one JSON array"),
    "array that breaks off on a line": ("a.json", array(EVENTS, indent=1)[:-1], "one JSON array"),
    "array with a mistake": (
        "a.json",
        array(EVENTS, indent=1).replace(b'"page"', b"'page'"),
        "one JSON array",
    ),
    "array in gzip that breaks off": (
        "a.json.gz",
        gzip.compress(array(EVENTS))[:-20],
        "one JSON array",
    ),
    "UTF-16": ("a.json", GOOD.decode().encode("utf-16"), "UTF-16 text"),
    "UTF-16 without a mark": ("a.json", GOOD.decode().encode("utf-16-le"), "UTF-16LE text"),
    "UTF-16 from the other end": ("a.json", GOOD.decode().encode("utf-16-be"), "UTF-16BE text"),
    "UTF-16 in gzip": (
        "a.json.gz",
        gzip.compress(GOOD.decode().encode("utf-16")),
        "UTF-16 text",
    ),
    "UTF-32": ("a.json", GOOD.decode().encode("utf-32"), "UTF-32 text"),
    "UTF-32 without a mark": ("a.json", GOOD.decode().encode("utf-32-be"), "UTF-32BE text"),
    "gzip without its ending": ("a.json", gzip.compress(GOOD), "rename it to a.json.gz"),
    "gzip in gzip": ("a.json.gz", gzip.compress(gzip.compress(GOOD)), "gzip twice"),
    "zip": ("a.json", zipped(GOOD), "a zip archive"),
    "zip as gzip": ("a.json.gz", zipped(GOOD), "a zip archive"),
    "bzip2": ("a.json", bz2.compress(GOOD), "bzip2"),
    "xz": ("a.json", lzma.compress(GOOD), "xz"),
    "zstd": ("a.json", b"\x28\xb5\x2f\xfd" + GOOD, "zstd"),
    "Parquet": ("a.json", b"PAR1\x15\x04" + GOOD + b"PAR1", "a Parquet file"),
    "text as gzip": ("a.json.gz", GOOD, "not gzip"),
    "zeros as gzip": ("a.json.gz", b"\0" * 9, "not gzip"),
    "much text as gzip": ("a.json.gz", MANY, "not gzip"),
    "long gzip without its ending": ("a.json", gzip.compress(MANY, 0), "rename it to a.json.gz"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_fails_its_month_whatever_the_limit_is(tmp_path: Path, kind: str) -> None:
    """Found by a review: before the fix, each was one reject or a few, and the load succeeded."""
    name, content, what = BROKEN[kind]
    write(tmp_path, f"{FOLDER}/{name}", content)
    write(tmp_path, f"{FOLDER}/b.json", GOOD)
    with pytest.raises(BrokenFileError) as error:
        read_logs(tmp_path)
    message = str(error.value)
    assert what in message
    assert f"{FOLDER}/{name} is " in message
    assert "log month 2018-11" in message
    assert error.value.path == f"{FOLDER}/{name}"
    assert "b.json" not in message


@pytest.mark.parametrize("kind", [kind for kind in BROKEN if "breaks off" not in kind])
def test_the_first_bytes_show_that_a_file_is_broken(tmp_path: Path, kind: str) -> None:
    """Redshift reads the files itself: only their beginning is looked at."""
    name, content, what = BROKEN[kind]
    write(tmp_path, f"{FOLDER}/{name}", content)
    source = FolderSource(str(tmp_path))
    [file] = source.list_month(MONTH)
    fault = inspect(source, file)
    assert fault is not None
    assert what in f"{fault.what} {fault.remedy}"


GOOD_FILES: dict[str, tuple[str, bytes]] = {
    "lines": ("a.json", MANY),
    "gzip": ("a.json.gz", gzip.compress(MANY)),
    "gzip that breaks off": ("a.json.gz", gzip.compress(GOOD)[:-9]),
    "nothing": ("a.json", b""),
    "gzip of nothing": ("a.json.gz", b""),
    "half a magic": ("a.json.gz", b"\x1f"),
    "an object over several lines": ("a.json", json.dumps(event(), indent=2).encode()),
    "an array among lines": ("a.json", b"[1]\n" + GOOD),
    "lines that are arrays": ("a.json", b"[1]\n[2]\n"),
    "a line that begins as an array": ("a.json", b"[" + GOOD + b"\n" + GOOD + b"\n"),
    "Latin-1": ("a.json", "é".encode("latin-1") + GOOD),
    "text like a magic": ("a.json", b"BZhello\n" + GOOD),
}


@pytest.mark.parametrize("kind", GOOD_FILES)
def test_what_is_only_bad_records_is_not_a_broken_file(tmp_path: Path, kind: str) -> None:
    name, content = GOOD_FILES[kind]
    write(tmp_path, f"{FOLDER}/{name}", content)
    reading = read_logs(tmp_path)
    assert reading.counts_add_up
    assert bool(reading.rejects) == (
        kind not in ("lines", "gzip", "nothing", "gzip of nothing", "an object over several lines")
    )


def test_all_broken_files_of_a_month_are_named_each_on_a_line(tmp_path: Path) -> None:
    kinds = {name: BROKEN[name] for name in ("array", "UTF-16", "zip", "text as gzip")}
    for number, (name, content, _) in enumerate(kinds.values()):
        write(tmp_path, f"{FOLDER}/{number}-{name}", content)
    for number in range(30):
        write(tmp_path, f"{FOLDER}/good-{number}.json", GOOD)
    with pytest.raises(BrokenFileError) as error:
        read_logs(tmp_path)
    lines = str(error.value).splitlines()
    assert len(lines) == len(kinds)
    assert all(what in line for line, (_, _, what) in zip(lines, kinds.values(), strict=True))


def test_a_broken_song_file_fails_the_songs(tmp_path: Path) -> None:
    write(tmp_path, "song_data/A/a.json", array([song(song_id=f"SO{n}") for n in range(30)]))
    with pytest.raises(BrokenFileError, match="nothing of the songs was loaded: song_data/A/a"):
        read_songs(tmp_path)
