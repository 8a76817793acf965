"""The star's rules: each by a small source, and all by an independent oracle."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sparkify_dagster.simulator import Simulation, simulate, spoil
from sparkify_dagster.warehouse.base import Row
from sparkify_dagster_tests.lake.reading import TS, event, song, write
from sparkify_dagster_tests.loading.driver import (
    COLUMNS,
    by_content,
    load,
    star_in,
    warehouse_in,
)
from sparkify_dagster_tests.oracle import star_of

SAMPLES = (parent / "shared" / "real_sample" for parent in Path(__file__).parents)
SAMPLE = next((sample for sample in SAMPLES if sample.is_dir()), None)

Star = dict[str, list[dict[str, Any]]]


def star(folder: Path, events: Iterable[dict[str, Any]] = (), **songs: Any) -> Star:
    """Load events (each into its month) and songs (lists of records by file) and give the star."""
    source = folder / "source"
    logs: dict[str, list[str]] = {}
    for one in events:
        logs.setdefault(f"{moment(one):%Y/%m}", []).append(json.dumps(one))
    for month, lines in logs.items():
        write(source, f"log_data/{month}/a.json", "\n".join(lines).encode())
    for name, records in songs.items():
        lines = [json.dumps(record) for record in records]
        write(source, f"song_data/{name}.json", "\n".join(lines).encode())
    (source / "song_data").mkdir(parents=True, exist_ok=True)
    warehouse = warehouse_in(folder)
    load(warehouse, source)
    found = star_in(warehouse)
    wanted = star_of(source).tables
    for table, rows in found.items():
        assert by_content(rows) == by_content(wanted[table]), table
    names = {table: columns.split(", ") for table, columns in COLUMNS.items()}
    return {
        table: [dict(zip(names[table], row, strict=True)) for row in sorted(rows, key=repr)]
        for table, rows in found.items()
    }


def moment(one: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(one["ts"]) / 1000, tz=UTC)


def play(**values: Any) -> dict[str, Any]:
    return event(userId="10", song="Song", artist="Artist", length=100.0, level="free") | values


def only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    [row] = rows
    return row


# songplays


def test_a_play_is_named_by_the_md5_of_its_natural_key(tmp_path: Path) -> None:
    row = only(star(tmp_path, [play(sessionId=7, itemInSession=3)])["songplays"])
    assert row["songplay_id"] == hashlib.md5(f"{TS}|10|7|3".encode()).hexdigest()  # noqa: S324


def test_a_play_of_nobody_is_kept(tmp_path: Path) -> None:
    found = star(tmp_path, [play(userId="")])
    row = only(found["songplays"])
    assert row["user_id"] is None
    assert row["songplay_id"] == hashlib.md5(f"{TS}||38|0".encode()).hexdigest()  # noqa: S324
    assert found["users"] == []


def test_ids_that_are_written_otherwise_are_one_user(tmp_path: Path) -> None:
    found = star(tmp_path, [play(userId="007"), play(userId=7), play(userId="7", ts=TS + 1)])
    assert [row["user_id"] for row in found["users"]] == [7]
    assert [row["user_id"] for row in found["songplays"]] == [7, 7]


def test_only_next_song_is_a_play(tmp_path: Path) -> None:
    pages = ["Home", "nextsong", "NextSong ", " NextSong", "NextSong\t", "NextSong\u00a0"]
    events = [play(page=page, itemInSession=n) for n, page in enumerate(pages)]
    assert len(star(tmp_path, events)["songplays"]) == 1


@pytest.mark.parametrize(
    ("key", "first", "second", "column", "kept"),
    [
        ("level", "paid", "free", "level", "free"),
        ("level", "free", None, "level", "free"),
        ("level", "free", "free  ", "level", "free"),
        ("location", "b", "B", "location", "B"),
        ("location", "\u00e9", "z", "location", "z"),
        ("location", "\U0001f3b5", "\uff00", "location", "\uff00"),  # by bytes, not by UTF-16
        ("userAgent", "a ", "a!", "user_agent", "a"),
    ],
)
def test_of_copies_the_first_in_the_order_of_all_columns_counts(
    tmp_path: Path, key: str, first: object, second: object, column: str, kept: str
) -> None:
    copies = [play(**{key: first}), play(**{key: second})]
    for number, events in enumerate((copies, copies[::-1])):
        row = only(star(tmp_path / str(number), events)["songplays"])
        assert row[column] == kept


def test_an_earlier_column_decides_between_copies(tmp_path: Path) -> None:
    copies = [play(artist="A", level="paid"), play(artist="B", level="free")]
    assert only(star(tmp_path, copies)["songplays"])["level"] == "paid"


def test_null_comes_last_among_copies_in_a_number_too(tmp_path: Path) -> None:
    copies = [play(length=None, level="free"), play(length=1e9, level="paid")]
    assert only(star(tmp_path, copies)["songplays"])["level"] == "paid"


def test_events_that_differ_in_their_key_are_plays_of_their_own(tmp_path: Path) -> None:
    events = [play(), play(ts=TS + 1), play(userId="11"), play(sessionId=1), play(itemInSession=1)]
    assert len(star(tmp_path, [*events, *events])["songplays"]) == 5


def test_the_star_has_no_trailing_blanks_and_keeps_all_else(tmp_path: Path) -> None:
    text = " a\tb \u00e9\u00a0"
    found = star(
        tmp_path,
        [play(location=text + "  ", userAgent="a\t", level="free  ", firstName="A ", gender="  ")],
        a=[song(title="T ", artist_name="N\u3000 ", artist_location=" L "), song(song_id="SO1 ")],
    )
    row = only(found["songplays"])
    assert (row["location"], row["user_agent"], row["level"]) == (text, "a\t", "free")
    one = only(found["users"])
    assert (one["first_name"], one["gender"]) == ("A", "")
    assert only(found["songs"])["title"] == "T"
    artist = only(found["artists"])
    assert (artist["name"], artist["location"]) == ("N\u3000", " L")


# time


@pytest.mark.parametrize(
    ("when", "parts"),
    [
        ("2018-12-30T23:59:59.999", (23, 30, 52, 12, 2018, 0)),  # a Sunday
        ("2018-12-31T00:00:00.000", (0, 31, 1, 12, 2018, 1)),  # in the first week of 2019
        ("2020-12-31T12:00:00.001", (12, 31, 53, 12, 2020, 4)),
        ("2021-01-01T00:00:00.000", (0, 1, 53, 1, 2021, 5)),  # in the last week of 2020
        ("2021-01-03T07:08:09.010", (7, 3, 53, 1, 2021, 0)),
        ("2021-01-04T00:00:00.500", (0, 4, 1, 1, 2021, 1)),
        ("2020-02-29T23:59:59.999", (23, 29, 9, 2, 2020, 6)),
    ],
)
def test_a_moment_keeps_its_milliseconds_and_is_taken_apart(
    tmp_path: Path, when: str, parts: tuple[int, ...]
) -> None:
    at = datetime.fromisoformat(when)
    ts = round(at.replace(tzinfo=UTC).timestamp() * 1000)
    found = star(tmp_path, [play(ts=ts)])
    assert only(found["songplays"])["start_time"] == at
    assert tuple(only(found["time"]).values()) == (at, *parts)


def test_time_has_the_moments_of_plays_each_once(tmp_path: Path) -> None:
    events = [play(), play(userId="11"), play(ts=TS + 1), event(page="Home", ts=TS + 2)]
    assert len(star(tmp_path, events)["time"]) == 2


# songs


def test_a_song_is_the_first_record_of_the_first_file(tmp_path: Path) -> None:
    """Files in the byte order of their paths, whichever was loaded first."""
    found = star(
        tmp_path,
        B=[song(title="second file")],
        **{"A/z": [song(title="first"), song(title="second record")], "a": [song(title="third")]},
    )
    assert only(found["songs"])["title"] == "first"


def test_a_song_that_comes_in_an_earlier_file_takes_the_place(tmp_path: Path) -> None:
    star(tmp_path, b=[song(title="later")])
    assert only(star(tmp_path, a=[song(title="earlier")])["songs"])["title"] == "earlier"


def test_the_year_0_is_unknown(tmp_path: Path) -> None:
    songs = [song(year=0), song(song_id="SO2", year=1982), song(song_id="SO3")]
    assert [row["year"] for row in star(tmp_path, a=songs)["songs"]] == [None, 1982, None]


# links


def link(folder: Path, songs: list[dict[str, Any]], **values: Any) -> tuple[object, object]:
    row = only(star(folder, [play(**values)], a=songs)["songplays"])
    return row["song_id"], row["artist_id"]


def test_a_play_is_linked_by_title_and_artist_name(tmp_path: Path) -> None:
    assert link(tmp_path, [song(duration=100.0)]) == ("SO1", "AR1")


@pytest.mark.parametrize(
    ("title", "name"),
    [("song", "Artist"), ("Song", "artist"), (" Song", "Artist"), ("Song", "Artist\u00a0")],
)
def test_another_case_or_blank_is_another_song(tmp_path: Path, title: str, name: str) -> None:
    assert link(tmp_path, [song(title=title, artist_name=name)]) == (None, None)


def test_blanks_at_the_end_do_not_matter_to_a_link(tmp_path: Path) -> None:
    found = link(
        tmp_path, [song(title="Song  ", artist_name="Artist")], song="Song ", artist="Artist "
    )
    assert found == ("SO1", "AR1")


def test_unicode_is_compared_exactly(tmp_path: Path) -> None:
    composed, decomposed = "\u00e9", "e\u0301"
    assert link(tmp_path, [song(title=composed)], song=decomposed) == (None, None)


def test_a_link_goes_by_the_name_on_the_song_not_by_the_artists_own(tmp_path: Path) -> None:
    songs = [
        song(artist_name="Artist feat. X"),
        *(song(song_id=f"SO{n}", title=f"Other {n}") for n in (2, 3)),
    ]
    found = star(tmp_path, [play(artist="Artist feat. X"), play(itemInSession=1)], a=songs)
    assert only(found["artists"])["name"] == "Artist"
    assert [row["song_id"] for row in found["songplays"]].count("SO1") == 1
    assert [row["song_id"] for row in found["songplays"]].count(None) == 1


@pytest.mark.parametrize(
    ("durations", "length", "linked"),
    [
        ({"SO1": 90.0, "SO2": 104.0, "SO3": 120.0}, 100.0, "SO2"),
        ({"SO2": 95.0, "SO1": 105.0}, 100.0, "SO1"),  # as close: the smallest song_id
        ({"SO3": None, "SO1": None, "SO2": 9000.0}, 100.0, "SO2"),
        ({"SO3": None, "SO2": None}, 100.0, "SO2"),
        ({"SO2": 100.0, "SO1": 200.0}, None, "SO1"),
        ({"SOa": 100.0, "SOB": 100.0}, 100.0, "SOB"),  # in byte order
    ],
)
def test_among_songs_of_one_name_the_closest_in_length_is_linked(
    tmp_path: Path, durations: dict[str, float | None], length: float | None, linked: str
) -> None:
    songs = [song(song_id=key, artist_id=f"AR{key}", duration=d) for key, d in durations.items()]
    assert link(tmp_path, songs, length=length) == (linked, f"AR{linked}")


def test_no_play_is_multiplied_or_dropped_by_songs(tmp_path: Path) -> None:
    songs = [song(song_id=f"SO{n}", duration=100.0) for n in range(5)]
    events = [play(itemInSession=n, artist="Artist" if n % 2 else None) for n in range(10)]
    assert len(star(tmp_path, events, a=songs, b=songs)["songplays"]) == 10


def test_a_play_without_title_or_artist_is_linked_to_nothing(tmp_path: Path) -> None:
    assert link(tmp_path, [song()], song=None) == (None, None)
    assert link(tmp_path / "b", [song()], artist="") == (None, None)


def test_only_the_first_record_of_a_song_is_linked(tmp_path: Path) -> None:
    songs = [song(title="Other"), song(title="Song")]
    assert link(tmp_path, songs) == (None, None)


def test_songs_that_come_after_the_plays_link_them(tmp_path: Path) -> None:
    assert only(star(tmp_path, [play()])["songplays"])["song_id"] is None
    assert only(star(tmp_path, a=[song(duration=200.0)])["songplays"])["song_id"] == "SO1"
    closer = [song(song_id="SO2", duration=101.0)]
    assert only(star(tmp_path, b=closer)["songplays"])["song_id"] == "SO2"
    assert only(star(tmp_path, b=[song(song_id="SO3", title="x")])["songplays"])["song_id"] == "SO1"


# artists


def artist(folder: Path, *records: dict[str, Any]) -> dict[str, Any]:
    songs = [song(song_id=f"SO{n}", **record) for n, record in enumerate(records)]
    return only(star(folder, a=songs)["artists"])


@pytest.mark.parametrize("key", ["artist_name", "artist_location"])
@pytest.mark.parametrize(
    ("texts", "chosen"),
    [
        (["a", "bb", "bb"], "bb"),
        (["bb", "a"], "a"),
        (["ccc", "\u00e9\u00e9"], "ccc"),  # three bytes before four, though three letters
        (["b", "a", "B"], "B"),
        (["aa ", "aa", "b", "b", "aa  "], "aa"),
    ],
)
def test_an_artist_has_the_text_of_most_songs_then_the_shortest(
    tmp_path: Path, key: str, texts: list[str], chosen: str
) -> None:
    column = key.removeprefix("artist_")
    assert artist(tmp_path, *({key: text} for text in texts))[column] == chosen


def test_an_unknown_place_does_not_count(tmp_path: Path) -> None:
    records: list[dict[str, Any]] = [{"artist_location": ""}, {}, {"artist_location": "Rome"}]
    assert artist(tmp_path, *records)["location"] == "Rome"
    assert artist(tmp_path / "b", {}, {"artist_location": ""})["location"] is None


@pytest.mark.parametrize(
    ("pairs", "chosen"),
    [
        ([(1.0, 2.0), (3.0, 4.0), (3.0, 4.0)], (3.0, 4.0)),
        ([(3.0, 4.0), (1.0, 9.0)], (1.0, 9.0)),
        ([(1.0, 9.0), (1.0, -2.0)], (1.0, -2.0)),
        ([(1.0, None), (1.0, None), (None, 2.0), (7.0, 7.0)], (7.0, 7.0)),
        ([(1.0, None), (None, 2.0)], (None, None)),
        ([(0.0, 0.0)], (0.0, 0.0)),
        ([(-0.0, 1.0), (0.0, 1.0), (-1.0, 1.0)], (0.0, 1.0)),
    ],
)
def test_half_a_pair_of_coordinates_is_unknown(
    tmp_path: Path,
    pairs: list[tuple[float | None, float | None]],
    chosen: tuple[float | None, float | None],
) -> None:
    records = ({"artist_latitude": a, "artist_longitude": b} for a, b in pairs)
    found = artist(tmp_path, *records)
    assert (found["latitude"], found["longitude"]) == chosen


def test_name_place_and_position_are_chosen_independently(tmp_path: Path) -> None:
    found = artist(
        tmp_path,
        {"artist_name": "A", "artist_location": "X", "artist_latitude": 1, "artist_longitude": 1},
        {"artist_name": "B", "artist_location": "X", "artist_latitude": 2, "artist_longitude": 2},
        {"artist_name": "B", "artist_location": "Y", "artist_latitude": 1, "artist_longitude": 1},
    )
    assert tuple(found.values()) == ("AR1", "B", "X", 1.0, 1.0)


def test_a_second_record_of_a_song_does_not_count_for_its_artist(tmp_path: Path) -> None:
    songs = [song(artist_name="A"), *[song(artist_name="B")] * 3]
    assert only(star(tmp_path, a=songs)["artists"])["name"] == "A"


# users


def user(folder: Path, *events: dict[str, Any]) -> dict[str, Any]:
    return only(star(folder, events)["users"])


def test_a_user_is_as_the_latest_event_shows_them_even_with_less_known(tmp_path: Path) -> None:
    known = play(firstName="A", lastName="B", gender="F", level="paid")
    latest = event(page="Logout", ts=TS + 1, userId="10", level="free")
    assert tuple(user(tmp_path, latest, known).values()) == (10, None, None, None, "free")


def test_at_one_moment_session_then_item_tell_the_latest_event(tmp_path: Path) -> None:
    events = [
        play(gender="a", sessionId=9, itemInSession=1),
        play(gender="b", sessionId=10, itemInSession=0),
        play(gender="c", sessionId=10, itemInSession=2),
        play(gender="d", sessionId=2, itemInSession=99),
    ]
    assert user(tmp_path, *events)["gender"] == "c"


def test_of_copies_of_the_latest_event_the_first_in_order_counts(tmp_path: Path) -> None:
    copies = [play(level="paid"), play(level="free"), play(level=None)]
    assert user(tmp_path, *copies)["level"] == "free"


def test_months_are_gone_through_for_the_latest_event(tmp_path: Path) -> None:
    month = 31 * 86_400_000
    events = [play(gender=g, ts=TS + n * month) for g, n in (("b", 1), ("a", 0), ("c", 2))]
    assert user(tmp_path, *events)["gender"] == "c"


def test_a_user_who_plays_nothing_is_a_user(tmp_path: Path) -> None:
    found = star(tmp_path, [event(page="Home", userId="10"), event(page="Home", itemInSession=1)])
    assert [row["user_id"] for row in found["users"]] == [10]
    assert found["songplays"] == []


# All rules at once


def assert_as_the_oracle(folder: Path, source: Path) -> dict[str, list[Row]]:
    warehouse = warehouse_in(folder)
    load(warehouse, source)
    found, wanted = star_in(warehouse), star_of(source)
    for table, rows in found.items():
        assert by_content(rows) == by_content(wanted.tables[table]), table
    with warehouse.session():
        counts = warehouse.transact(
            lambda tx: {
                "events": tx.count("staging_events"),
                "songs": tx.count("staging_songs"),
                "rejected": dict(
                    tx.query(
                        "SELECT COALESCE(log_month, 'songs'), COUNT(*) FROM rejected_records "
                        "GROUP BY 1"
                    )
                ),
            }
        )
    rejected = dict(wanted.rejected)
    assert counts == {"events": wanted.events, "songs": wanted.songs, "rejected": rejected}
    return found


@pytest.mark.skipif(SAMPLE is None, reason="the real sample is not here")
def test_the_real_sample_gives_what_the_oracle_gives(tmp_path: Path) -> None:
    assert SAMPLE is not None
    found = assert_as_the_oracle(tmp_path, SAMPLE)
    linked = [row for row in found["songplays"] if row[4]]
    levels = [row[4] for row in found["users"]]
    assert {table: len(rows) for table, rows in found.items()} == {
        "songplays": 1_594,
        "time": 1_594,
        "users": 79,
        "songs": 733,
        "artists": 710,
    }
    assert (levels.count("free"), levels.count("paid")) == (63, 16)
    assert len(linked) == 6
    assert len({row[4] for row in linked}) == len({row[5] for row in linked}) == 5


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_simulated_source_gives_what_the_oracle_gives(tmp_path: Path, seed: int) -> None:
    simulation = Simulation(seed, months=3, events_per_month=1_500, users=30, songs=300)
    simulate(simulation, tmp_path / "source")
    found = assert_as_the_oracle(tmp_path, tmp_path / "source")
    assert any(row[4] for row in found["songplays"])
    assert not all(row[4] for row in found["songplays"])


@pytest.mark.parametrize("seed", [1, 2])
def test_a_spoilt_source_gives_what_the_oracle_gives(tmp_path: Path, seed: int) -> None:
    simulation = Simulation(seed, months=2, events_per_month=1_500, users=30, songs=100)
    simulate(simulation, tmp_path / "source")
    spoilt = spoil(tmp_path / "source", seed)
    assert_as_the_oracle(tmp_path, tmp_path / "source")
    assert star_of(tmp_path / "source").rejected == spoilt.rejected
