"""How the files of a source are found: the layout, near misses of it, links and special files."""

import json
import os
import socket
from pathlib import Path

import pytest

from sparkify_dagster.errors import SourceError
from sparkify_dagster.lake.broken import BrokenFileError
from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster.lake.layout import no_files, note_unrecognised
from sparkify_dagster.lake.source import Listing
from sparkify_dagster_tests.lake.reading import event, read_logs, read_songs, song, write

FOLDER = "log_data/2018/11"
GOOD = json.dumps(event()).encode()


def list_all(folder: Path) -> Listing:
    return FolderSource(str(folder)).list_all()


def test_a_name_that_is_not_text_is_outside_the_layout(tmp_path: Path) -> None:
    """Found: a file whose name is not UTF-8 ended the load with a traceback."""
    folder = write(tmp_path, f"{FOLDER}/a.json", GOOD).parent
    with open(os.fsencode(folder) + b"/b\xff.json", "wb") as file:  # noqa: PTH123 - bytes
        file.write(GOOD)
    listing = FolderSource(str(tmp_path)).list_all()
    assert [file.path for file in listing.month("2018-11")] == [f"{FOLDER}/a.json"]
    assert listing.unrecognised == [f"{FOLDER}/b\\xff.json"]


def test_what_is_outside_the_layout_is_unrecognised(tmp_path: Path) -> None:
    inside = ["log_data/2018/11/a.json", "log_data/2018/12/b.json.gz", "song_data/c.json"]
    inside += ["song_data/A/B/C/d.json.gz"]
    outside = ["log_data/2018/13/a.json", "log_data/2018/00/a.json", "log_data/2018/a.json"]
    outside += ["log_data/a.json", "log_data/2018/1/a.json", "log_data/18/11/a.json"]
    outside += ["log_data/2018/11/30/a.json", "log_data/2018/november/a.json"]
    outside += ["log_data/2018/11/a.csv", "log_data/2018/11/a.JSON", "song_data/readme.txt"]
    outside += ["log_data/2018/11 /a.json", "log_data/\u0662018/11/a.json"]
    ignored = ["log_data/2018/11/.a.json", "log_data/.git/2018/11/a.json", "other/2018/11/a.json"]
    for path in (*inside, *outside, *ignored):
        write(tmp_path, path, GOOD)
    listing = FolderSource(str(tmp_path)).list_all()
    assert {m: [f.path for f in files] for m, files in listing.logs.items()} == {
        "2018-11": inside[:1],
        "2018-12": inside[1:2],
    }
    assert [file.path for file in listing.songs] == sorted(inside[2:])
    assert sorted(listing.unrecognised) == sorted(outside)
    assert listing.unrecognised[-1] == "song_data/readme.txt"
    assert not listing.empty


def test_one_month_is_listed_as_it_is_among_all(tmp_path: Path) -> None:
    for path in ("2018/11/a.json", "2018/11/b/c.json", "2018/12/a.json", "2018/11/d.txt"):
        write(tmp_path, f"log_data/{path}", GOOD)
    source = FolderSource(str(tmp_path))
    assert source.list_month("2018-11") == source.list_all().month("2018-11")
    assert source.list_month("2019-01") == []


def test_a_source_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    source = FolderSource(str(tmp_path / "nowhere"))
    with pytest.raises(SourceError, match=r"nowhere is not there: set SPARKIFY_SOURCE") as error:
        source.list_all()
    assert "sparkify simulate" in str(error.value)


def test_unrecognised_files_that_look_like_data_are_named_first(tmp_path: Path) -> None:
    """Found by a review: five files were shown in byte order, and Thumbs.db hid the data."""
    for name in (
        "AAA.db",
        "BBB.bak",
        "CCC",
        "Thumbs.db",
        "a.tmp",
        "z.jsonl",
        "y.JSON",
        "x.json.zst",
    ):
        write(tmp_path, f"{FOLDER}/{name}", GOOD)
    unrecognised = list_all(tmp_path).unrecognised
    assert [path.rpartition("/")[2] for path in unrecognised[:3]] == [
        "x.json.zst",
        "y.JSON",
        "z.jsonl",
    ]
    note = note_unrecognised(unrecognised)
    assert "8 files are not loaded" in note
    assert "log_data/YYYY/MM/*.json" in note
    assert f"{FOLDER}/z.jsonl" in note
    assert note.endswith("and 3 more")
    assert note_unrecognised([]) == ""


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("log_data/2018-11-01-events.json", "Move or rename the files"),
        ("log_data/year=2018/month=11/a.json", "Move or rename the files"),
        ("log_data/2018/11/a.jsonl", "Move or rename the files"),
        ("log_data/2018/1/a.json", "Move or rename the files"),
        ("events.csv", "Move or rename the files"),
        ("data/log_data/2018/11/a.json", "Set SPARKIFY_SOURCE to {}/data."),
        ("2018/11/a.json", "Set SPARKIFY_SOURCE to {above}, the folder that holds log_data/."),
    ],
)
def test_a_source_without_a_file_of_the_layout_is_refused_with_advice(
    tmp_path: Path, path: str, advice: str
) -> None:
    """Found by a review: a source one folder too high or too low loaded nothing, without a word."""
    root = tmp_path / "log_data" if "above" in advice else tmp_path / "it"
    write(root, path, GOOD)
    source = FolderSource(str(root))
    message = str(no_files(source, source.list_all()))
    assert advice.format(root, above=tmp_path) in message
    assert "log_data/YYYY/MM/*.json" in message
    assert "/".join(path.split("/")[:2]) in message


def test_an_empty_source_is_refused_as_empty(tmp_path: Path) -> None:
    source = FolderSource(str(tmp_path))
    assert "It is empty. Copy the files there" in str(no_files(source, source.list_all()))


def refused(folder: Path) -> str:
    """Give the message with which the month is refused."""
    with pytest.raises(BrokenFileError) as error:
        read_logs(folder)
    return str(error.value)


@pytest.mark.parametrize("target", ["/proc/self/environ", "/etc/passwd", "../../../../out.json"])
def test_a_link_that_leaves_the_source_fails_its_month(tmp_path: Path, target: str) -> None:
    """Found by a review: the process's own environment, with its keys, was kept as rejects."""
    write(tmp_path, "out.json", GOOD)
    write(tmp_path, f"s/{FOLDER}/good.json", GOOD)
    (tmp_path / "s" / FOLDER / "a.json").symlink_to(target)
    assert f"{FOLDER}/a.json is a link that leaves the source" in refused(tmp_path / "s")


@pytest.mark.parametrize(
    "what", ["a named pipe", "a socket", "a link to itself", "a link to nothing"]
)
def test_what_is_no_plain_file_fails_its_month_and_no_other(tmp_path: Path, what: str) -> None:
    """Found by a review: pipes were skipped unnamed, and a link to itself stopped every month."""
    write(tmp_path, f"{FOLDER}/a.json", GOOD)
    write(tmp_path, "song_data/a.json", json.dumps(song()).encode())
    path = tmp_path / FOLDER / "b.json"
    if what == "a named pipe":
        os.mkfifo(path)
    elif what == "a socket":
        with socket.socket(socket.AF_UNIX) as bound:
            here = Path.cwd()
            os.chdir(path.parent)  # the path of a socket is short
            try:
                bound.bind(path.name)
            finally:
                os.chdir(here)
    else:
        path.symlink_to("b.json" if what == "a link to itself" else "nothing")
    assert f"{FOLDER}/b.json is {what}: " in refused(tmp_path)
    assert len(read_songs(tmp_path).rows) == 1


@pytest.mark.parametrize("target", ["..", ".", "../../..", "/", "/etc"])
def test_a_folder_that_links_around_fails_only_what_lies_behind_it(
    tmp_path: Path, target: str
) -> None:
    write(tmp_path, f"{FOLDER}/a.json", GOOD)
    write(tmp_path, "song_data/a.json", json.dumps(song()).encode())
    (tmp_path / "log_data/2018/12").symlink_to(target)
    listing = list_all(tmp_path)
    assert [file.fault is None for file in listing.month("2018-12")] == [False]
    assert len(read_logs(tmp_path).rows) == 1
    (tmp_path / "song_data/B").symlink_to(target)
    with pytest.raises(BrokenFileError, match="song_data/B/ is a link"):
        read_songs(tmp_path)


def test_links_within_the_source_are_followed(tmp_path: Path) -> None:
    write(tmp_path, "kept/a.json", GOOD)
    (tmp_path / "log_data/2018").mkdir(parents=True)
    (tmp_path / FOLDER).symlink_to("../../kept")
    (tmp_path / "kept/b.json").symlink_to("a.json")
    assert len(read_logs(tmp_path).rows) == 2


def test_a_source_may_itself_be_behind_a_link(tmp_path: Path) -> None:
    write(tmp_path, f"real/{FOLDER}/a.json", GOOD)
    (tmp_path / "s").symlink_to("real")
    assert len(read_logs(tmp_path / "s").rows) == 1


def test_a_file_that_becomes_a_pipe_after_it_was_listed_is_not_waited_for(tmp_path: Path) -> None:
    path = write(tmp_path, f"{FOLDER}/a.json", GOOD)
    source = FolderSource(str(tmp_path))
    [file] = source.list_month("2018-11")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(SourceError, match=r"a\.json changed before it was read"):
        source.open(file)
