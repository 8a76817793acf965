"""The files of a source, read without the package: for computing once more what it computes."""

import json
import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

Frame = Any  # a pandas DataFrame: its stubs do not know the columns, so they are of no help here

PLAY_KEY = ["ts", "user_id", "sessionId", "itemInSession"]
COPY_ORDER = [
    "artist", "auth", "firstName", "gender", "lastName", "length", "level", "location", "method",
    "registration", "song", "status", "userAgent",
]  # fmt: skip


def _records(paths: Iterator[Path]) -> Frame:
    found = []
    for path in paths:
        decoder, text, at = json.JSONDecoder(), path.read_text("utf-8-sig"), 0
        while text[at:].strip():
            at += len(text[at:]) - len(text[at:].lstrip())
            record, at = decoder.raw_decode(text, at)
            found.append({key: _clean(value) for key, value in record.items()})
    return pd.DataFrame(found, dtype=object)


def _clean(value: object) -> object:
    if isinstance(value, str):
        return value.rstrip(" ") or None
    return value


def read_songs(folder: Path) -> Frame:
    """Read the catalogue, one record per song."""
    paths = sorted(folder.glob("song_data/**/*.json"), key=lambda p: p.as_posix().encode())
    return _records(iter(paths)).drop_duplicates("song_id", keep="first")


def read_events(folder: Path) -> Frame:
    """Read all events, with user_id, moment, day and month beside what they say."""
    events = _records(iter(sorted(folder.glob("log_data/**/*.json"))))
    for key in ("ts", "sessionId", "itemInSession"):
        events[key] = events[key].astype(int)
    for key in ("length", "registration"):
        events[key] = events[key].astype(float)
    users = [None if pd.isna(user) else int(user) for user in events.userId]
    events["user_id"] = pd.Series(users, dtype=object)
    events["moment"] = pd.to_datetime(events.ts, unit="ms")
    events["day"] = events.moment.dt.date
    events["month"] = events.moment.dt.strftime("%Y-%m")
    return events


def read_plays(events: Frame, songs: Frame) -> Frame:
    """Give the plays, copies once, each with the song_id that it is linked to, or None."""
    plays = events[events.page == "NextSong"].sort_values(COPY_ORDER, na_position="last")
    plays = plays.drop_duplicates(PLAY_KEY).copy()
    by_name = defaultdict(list)
    for song in songs.itertuples():
        by_name[song.title, song.artist_name].append(song)
    plays["song_id"] = [
        min(
            by_name[title, artist],
            key=lambda s: (_apart(s.duration, length), s.song_id),
        ).song_id
        if (title, artist) in by_name
        else None
        for title, artist, length in zip(plays.song, plays.artist, plays.length, strict=True)
    ]
    return plays.astype({"song_id": object})


def _apart(duration: Any, length: float) -> float:
    if duration is None or pd.isna(duration) or pd.isna(length):
        return math.inf
    return abs(float(duration) - length)
