"""What reading costs at most: bombs, endless lines, long files, and a full temporary folder."""

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake import gather, limits
from sparkify_dagster.lake.broken import BrokenFileError
from sparkify_dagster_tests.lake.reading import event, read_logs, read_songs, song, write

FOLDER = "log_data/2018/11"
GOOD = json.dumps(event()).encode()


def lines(count: int) -> list[bytes]:
    """Give lines of about a hundred bytes that gzip does not make much smaller."""
    return [json.dumps(event(itemInSession=n, song=f"{n:x}" * 5)).encode() for n in range(count)]


@pytest.fixture
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make files long that are longer than a few blocks."""
    monkeypatch.setattr(limits, "BLOCK", 16 * limits.KIB)
    monkeypatch.setattr(limits, "PIECE_BYTES", 100 * limits.KIB)


@pytest.mark.usefixtures("short_pieces")
@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
@pytest.mark.parametrize("bad", [None, 0, 2_500, 4_999])
def test_a_long_log_is_read_in_pieces_up_to_its_first_bad_line_and_then_by_records(
    tmp_path: Path, name: str, bad: int | None
) -> None:
    written = lines(5_000)
    if bad is not None:
        written[bad] = b"not json"
    content = b"\n\n".join(written)
    write(tmp_path, f"{FOLDER}/{name}", gzip.compress(content) if name.endswith("gz") else content)
    reading = read_logs(tmp_path)
    assert {row["itemInSession"] for row in reading.rows} == {*range(5_000)} - {bad}
    expected = [] if bad is None else [2 * bad + 1]
    assert [line for _, line, _, _ in reading.rejects] == expected
    assert reading.counts_add_up
    [file] = reading.staged.files
    assert file.days == {1}


@pytest.mark.usefixtures("short_pieces")
@pytest.mark.parametrize("bad", [None, 0, 1_000])
def test_songs_of_a_long_file_keep_their_positions(tmp_path: Path, bad: int | None) -> None:
    written = [json.dumps(song(song_id=f"SO{n}", artist_location="x" * 100)) for n in range(2_000)]
    if bad is not None:
        written[bad] = "null"
    write(tmp_path, "song_data/a.json", "\n".join(written).encode())
    reading = read_songs(tmp_path)
    found = {row["song_id"]: row["position"] for row in reading.rows}
    assert found == {f"SO{n}": n + 1 for n in range(2_000) if n != bad}


@pytest.mark.usefixtures("short_pieces")
def test_an_object_over_several_lines_may_begin_in_one_piece_and_end_in_the_next(
    tmp_path: Path,
) -> None:
    written = [json.dumps(event(itemInSession=n), indent=1).encode() for n in range(3_000)]
    write(tmp_path, f"{FOLDER}/a.json", b"\n".join([*lines(1_500), *written]))
    reading = read_logs(tmp_path)
    assert len(reading.rows) == 4_500
    assert reading.rejects == []


@pytest.mark.usefixtures("short_pieces")
def test_a_long_gzip_that_breaks_off_yields_what_came_before(tmp_path: Path) -> None:
    content = gzip.compress(b"\n".join(lines(20_000)))
    write(tmp_path, f"{FOLDER}/a.json.gz", content[: len(content) // 2])
    reading = read_logs(tmp_path)
    [reason] = reading.reasons
    assert reason.startswith("the file breaks off: ")
    assert {row["itemInSession"] for row in reading.rows} == set(range(len(reading.rows)))
    assert len(reading.rows) > 8_000


@pytest.mark.parametrize("songs", [False, True], ids=["logs", "songs"])
@pytest.mark.parametrize("what", [b" ", b'{"a": "', b"\n"], ids=["blanks", "a line", "lines"])
def test_a_bomb_is_a_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: bytes, songs: bool
) -> None:
    """Found by a review: 58 kB of gzip took 3.1 GB of memory."""
    monkeypatch.setattr(limits, "FREE_EXPANSION", 4 * limits.MIB)
    bomb = gzip.compress(what + (b" " if what == b" " else what[-1:]) * 60_000_000, 9)
    assert len(bomb) <= limits.SMALL_FILE
    folder = "song_data/A" if songs else FOLDER
    write(tmp_path, f"{folder}/a.json.gz", bomb)
    tracemalloc.start()
    try:
        with pytest.raises(BrokenFileError, match="gzip that expands to more than 100 times"):
            (read_songs if songs else read_logs)(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 40 * limits.MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("begin", [b"", b"{", b'{"page": "', b'"', b"[1] "])
@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_an_endless_line_is_one_reject_and_is_not_held(
    tmp_path: Path, begin: bytes, name: str
) -> None:
    line = begin + b"x" * 32 * limits.MIB
    content = b"\n".join([GOOD, line, GOOD])
    write(tmp_path, f"{FOLDER}/{name}", gzip.compress(content, 1) if "gz" in name else content)
    del line, content
    tracemalloc.start()
    try:
        reading = read_logs(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 60 * limits.MIB
    finally:
        tracemalloc.stop()
    assert len(reading.rows) == 2
    assert {line for _, line, _, _ in reading.rejects} == {2}
    assert len(reading.rejects) == (2 if begin == b"[1] " else 1)
    assert all(len(raw) <= 1_024 for _, _, _, raw in reading.rejects)


@pytest.mark.parametrize("count", [1, 5_000], ids=["small", "large"])
@pytest.mark.parametrize("songs", [False, True], ids=["logs", "songs"])
def test_a_full_temporary_folder_costs_one_month_and_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, songs: bool
) -> None:
    """Found by a review: a full disk was an OSError that named no file."""
    names = iter(range(100))

    def full(gatherer: gather.Gatherer) -> Path:
        path = gatherer.folder / f"full-{next(names)}"
        path.symlink_to("/dev/full")
        return path

    monkeypatch.setattr(gather.Gatherer, "new_text", full)
    record = song() if songs else event()
    content = b"\n".join([json.dumps(record).encode()] * count)
    path = "song_data/a.json" if songs else f"{FOLDER}/a.json"
    write(tmp_path, path, content)
    with pytest.raises(LoadError, match=f"{path} cannot be read: the temporary folder .* is full"):
        (read_songs if songs else read_logs)(tmp_path)


def test_a_batch_holds_no_more_text_than_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BATCH_TEXT", 300_000)
    for number in range(40):
        content = gzip.compress(b"\n".join(lines(200)))
        write(tmp_path, f"{FOLDER}/{number}.json.gz", content)
    reading = read_logs(tmp_path)
    assert len(reading.rows) == 8_000
    assert reading.counts_add_up
