"""Small sources written by hand, so that a test can say what should come of them."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]

_SONG = {"num_songs": 1, "artist_latitude": None, "artist_longitude": None, "year": 0}


def event(at: str, user: int | None, page: str = "Home", **more: Any) -> Record:
    """One event at a time such as `2018-11-05 10:00`; the rest as given."""
    ts = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() * 1000)
    usual = {
        "ts": ts,
        "userId": "" if user is None else str(user),
        "page": page,
        "sessionId": user or 0,
        "itemInSession": 0,
        "level": "free",
    }
    return usual | more


def play(at: str, user: int | None, title: str, artist: str = "Ann", **more: Any) -> Record:
    """One play of a song."""
    return event(at, user, "NextSong", song=title, artist=artist, length=200.0) | more


def song(song_id: str, title: str, artist: str = "Ann", location: str = "") -> Record:
    """One song of the catalogue; the artist's id is the name in capitals."""
    usual = {"song_id": song_id, "title": title, "artist_name": artist, "duration": 200.0}
    return _SONG | usual | {"artist_id": artist.upper()[:64], "artist_location": location}


def write_source(folder: Path, events: Sequence[Record], songs: Sequence[Record] = ()) -> Path:
    """Write events into the folders of their months, and songs; events get numbers of their own."""
    by_day = defaultdict(list)
    for number, record in enumerate(events):
        moment = datetime.fromtimestamp(record["ts"] / 1000, UTC)
        by_day[moment.date()].append({**record, "itemInSession": number})
    for day, records in by_day.items():
        path = folder / f"log_data/{day:%Y/%m}/{day}-events.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(map(json.dumps, records)))
    path = folder / "song_data/A/A/A/songs.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, songs or [song("S0", "Nobody's song")])))
    return folder
