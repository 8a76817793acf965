"""The real data's oddities are there, and are not where they are not asked for."""

import json
from collections import Counter, defaultdict
from typing import Any

from sparkify_dagster_tests.simulator.conftest import Source


def _values(source: Source, key: str) -> set[Any]:
    return {event[key] for event in source.all_events}


def test_logged_out_events_have_an_empty_user_and_nothing_about_one(odd: Source) -> None:
    out = [event for event in odd.all_events if event["userId"] == ""]
    assert {event["auth"] for event in out} == {"Logged Out", "Guest"}
    assert {event["level"] for event in out} == {"free", "paid"}
    about = ("firstName", "lastName", "gender", "location", "registration", "userAgent")
    assert {event[key] for event in out for key in about} == {None}
    assert {event["auth"] for event in odd.all_events if event["userId"]} == {"Logged In"}


def test_a_user_logs_out_and_in_within_one_session(odd: Source) -> None:
    auths: dict[int, set[str]] = defaultdict(set)
    for event in odd.all_events:
        auths[event["sessionId"]].add(event["auth"])
    assert {"Logged In", "Logged Out"} in auths.values()
    assert {"Guest"} in auths.values()


def test_most_files_are_as_the_real_ones_and_some_another_exporters(odd: Source) -> None:
    exports: Counter[bool] = Counter()
    for path in odd.folder.glob("log_data/**/*.json"):
        lines = path.read_bytes().split(b"\n")
        first = json.loads(lines[0])
        if next(iter(first)) == "artist":
            assert all(list(json.loads(line)) == sorted(first) for line in lines)
            assert len(first) == 18
            assert b"\\/" in lines[0] or b'"userAgent":null' in lines[0]
        else:
            assert next(iter(first)) == "ts"
            assert lines[-1] == b""
            assert path.read_bytes().isascii()
            absent = {18 - len(json.loads(line)) for line in lines[:-1]}
            assert absent >= {0, 3}
            assert b"null" not in path.read_bytes()
        exports[lines[-1] == b""] += 1
    assert exports[False] > exports[True] > 10


def test_registration_is_a_float_in_one_export_and_whole_in_the_other(odd: Source) -> None:
    kinds = {type(event["registration"]) for event in odd.all_events if event["userId"]}
    assert kinds == {float, int}


def test_some_events_are_there_twice_also_in_the_next_days_file(odd: Source) -> None:
    files: dict[tuple[int, int], list[str]] = defaultdict(list)
    for name, events in odd.events.items():
        for event in events:
            files[event["sessionId"], event["itemInSession"]].append(name)
    copied = [names for names in files.values() if len(names) > 1]
    assert 20 < len(copied) < 100
    assert {len(set(names)) for names in copied} == {1, 2}


def test_sessions_run_over_midnight_and_over_the_months_end(odd: Source) -> None:
    days: dict[int, set[str]] = defaultdict(set)
    for name, events in odd.events.items():
        for event in events:
            days[event["sessionId"]].add(name[:10])
    assert sum(len(seen) > 1 for seen in days.values()) > 20
    months = {frozenset(day[:7] for day in seen) for seen in days.values()}
    assert {frozenset({"2018-11", "2018-12"}), frozenset({"2018-12", "2019-01"})} <= months


def test_two_users_share_a_name(odd: Source) -> None:
    users: dict[tuple[str, str], set[str]] = defaultdict(set)
    for event in odd.all_events:
        if event["userId"]:
            users[event["firstName"], event["lastName"]].add(event["userId"])
    assert max(map(len, users.values())) > 1


def test_text_has_blanks_quotes_slashes_and_other_scripts(odd: Source) -> None:
    titles = _values(odd, "song") - {None}
    assert any(title.startswith(" ") for title in titles)
    assert any(title.endswith(" ") for title in titles)
    assert any('"' in title and "\\" in title and "/" in title for title in titles)
    assert any("夜" in title for title in titles)
    assert any("Ã" in title for title in titles)
    assert any(agent and agent.startswith('"') for agent in _values(odd, "userAgent"))
    assert any(name and name.endswith(" ") for name in _values(odd, "lastName"))
    assert "" in _values(odd, "location")
    assert max(len(name.encode()) for name in _values(odd, "artist") if name) > 200


def test_one_song_is_played_with_several_lengths(odd: Source) -> None:
    lengths: dict[tuple[str, str], set[float]] = defaultdict(set)
    for event in odd.all_events:
        if event["page"] == "NextSong":
            lengths[event["song"], event["artist"]].add(event["length"])
    assert sum(len(several) > 1 for several in lengths.values()) > 10


def test_years_and_places_of_songs_may_be_unknown_or_half_known(odd: Source) -> None:
    assert any(song["year"] == 0 for song in odd.songs)
    assert any(song["artist_location"] == "" for song in odd.songs)
    known = {
        (song["artist_latitude"] is None, song["artist_longitude"] is None) for song in odd.songs
    }
    assert {(False, False), (True, True), (False, True)} <= known


def test_an_artist_has_several_names_and_places(odd: Source) -> None:
    for key in ("artist_name", "artist_location"):
        values: dict[str, set[str]] = defaultdict(set)
        for song in odd.songs:
            values[song["artist_id"]].add(song[key])
        assert sum(len(several) > 1 for several in values.values()) > 10


def test_a_title_of_an_artist_has_several_song_ids_even_with_one_duration(odd: Source) -> None:
    durations: dict[tuple[str, str], list[float]] = defaultdict(list)
    for song in odd.songs:
        durations[song["title"], song["artist_name"]].append(song["duration"])
    several = [lengths for lengths in durations.values() if len(lengths) > 1]
    assert any(len(set(lengths)) < len(lengths) for lengths in several)
    assert any(len(set(lengths)) > 1 for lengths in several)
    assert len({song["song_id"] for song in odd.songs}) == len(odd.songs)


def test_song_files_have_the_real_ones_keys_and_no_final_newline(odd: Source) -> None:
    keys = (
        "song_id num_songs title artist_name artist_latitude year duration artist_id "
        "artist_longitude artist_location"
    )
    assert {" ".join(song) for song in odd.songs} == {keys}
    contents = [path.read_bytes() for path in odd.folder.glob("song_data/**/*.json")]
    assert all(content.endswith(b"}") for content in contents)
    assert {content.isascii() for content in contents} == {True, False}


def test_without_oddities_there_are_none(plain: Source) -> None:
    assert _values(plain, "auth") == {"Logged In"}
    assert None not in _values(plain, "registration") | _values(plain, "userAgent")
    assert "" not in _values(plain, "location") | _values(plain, "userId")
    items = [(event["sessionId"], event["itemInSession"]) for event in plain.all_events]
    assert len(items) == len(set(items))
    titles = [(song["title"], song["artist_name"]) for song in plain.songs]
    assert len(titles) == len(set(titles))
    artists = {(song["artist_id"], song["artist_name"]) for song in plain.songs}
    assert len(artists) == len({song["artist_id"] for song in plain.songs})
    assert all(song["year"] and song["artist_location"] for song in plain.songs)
    text = {song["title"] for song in plain.songs} | {song["artist_name"] for song in plain.songs}
    assert all(value == value.strip() and "Ã" not in value for value in text)
