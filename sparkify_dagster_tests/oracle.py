"""The star of a source folder, computed in plain Python from the documented rules.

Written from the rules, not from the SQL, and slow: what the pipeline builds is compared with it.
"""

import gzip
import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

Row = tuple[Any, ...]
Record = dict[str, Any]

EVENT_KINDS = {
    **dict.fromkeys(("artist", "auth", "firstName", "gender", "lastName", "level"), 1024),
    **dict.fromkeys(("location", "method", "page", "song", "userId"), 1024),
    **dict.fromkeys(("length", "registration"), "float"),
    **dict.fromkeys(("itemInSession", "sessionId", "status"), 2**31),
    "ts": 2**63,
    "userAgent": 2048,
}
EVENT_KEYS = (
    *("artist", "auth", "firstName", "gender", "itemInSession", "lastName", "length", "level"),
    *("location", "method", "page", "registration", "sessionId", "song", "status", "ts"),
    *("userAgent", "userId"),
)
SONG_KINDS = {
    **dict.fromkeys(("song_id", "artist_id"), 64),
    **dict.fromkeys(("title", "artist_name", "artist_location"), 1024),
    **dict.fromkeys(("duration", "artist_latitude", "artist_longitude"), "float"),
    **dict.fromkeys(("num_songs", "year"), 2**31),
}
_WANTED = {
    "log_data": ("ts", "page", "sessionId", "itemInSession"),
    "song_data": ("song_id", "title", "artist_id", "artist_name"),
}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - as the warehouse's TIMESTAMP


class Bad(Exception):  # noqa: N818
    """A record is not a good one."""


class Written(str):
    """A number as it is written."""

    __slots__ = ()


@dataclass
class Star:
    """Rows of each table by content, in the columns of the design; records read and rejected."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    events: int = 0
    songs: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


def star_of(source: Path) -> Star:
    """Work out the star of a source."""
    star = Star()
    events = list(_events(source, star))
    records = [_trimmed(record) for record in _songs(source, star)]
    star.events, star.songs = len(events), len(records)
    songs = _first_of_each(records)
    plays = _without_copies(e for e in events if e["page"] == "NextSong")
    star.tables = {
        "songs": [_song(song) for song in songs],
        "artists": list(_artists(songs)),
        "users": list(_users(events)),
        "songplays": list(_songplays(plays, songs)),
        "time": [_time(moment) for moment in {_moment(play) for play in plays}],
    }
    return star


# Reading


def _events(source: Path, star: Star) -> Iterator[Record]:
    for path in _files(source, "log_data"):
        year, month = path.parts[-3:-1]
        for record in _records(path, EVENT_KINDS, "log_data", f"{year}-{month}", star):
            if f"{_moment(record):%Y-%m}" == f"{year}-{month}":
                yield _trimmed(record)
            else:
                star.rejected[f"{year}-{month}"] += 1


def _songs(source: Path, star: Star) -> Iterator[Record]:
    for path in _files(source, "song_data"):
        yield from _records(path, SONG_KINDS, "song_data", "songs", star)


def _files(source: Path, folder: str) -> list[Path]:
    """Give the files in the byte order of their paths."""
    found = [p for p in (source / folder).rglob("*") if p.name.endswith((".json", ".json.gz"))]
    return sorted(found, key=lambda path: str(path.relative_to(source)).encode())


def _records(
    path: Path, kinds: Mapping[str, object], folder: str, part: str, star: Star
) -> Iterator[Record]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")

    def known(pairs: list[tuple[str, Any]]) -> Record:
        keys = [key for key, _ in pairs if key in kinds]
        if len(keys) != len(set(keys)):
            return {"repeated": True}
        return dict(pairs)

    decoder = json.JSONDecoder(
        object_pairs_hook=known, parse_int=Written, parse_float=Written, parse_constant=_refuse
    )
    at = 0
    while found := re.compile(r"[^ \t\r\n]").search(text, at):
        at = found.start()
        try:
            value, end = decoder.raw_decode(text, at)
        except ValueError:
            star.rejected[part] += 1
            at = (text + "\n").index("\n", at)
            continue
        try:
            yield _good(value, text[at:end], kinds, _WANTED[folder])
        except Bad:
            star.rejected[part] += 1
        at = end


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _good(value: object, raw: str, kinds: Mapping[str, object], wanted: Sequence[str]) -> Record:
    if not isinstance(value, dict) or "repeated" in value or _unstorable(value, raw):
        raise Bad
    record = {key: _typed(key, value.get(key), kind) for key, kind in kinds.items()}
    if any(record[key] is None for key in wanted):
        raise Bad
    return record


def _unstorable(value: object, raw: str) -> bool:
    """Whether a text holds NUL, or what is half a character or not UTF-8."""
    if isinstance(value, str):
        return "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, dict):
        return any(_unstorable(part, raw) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(_unstorable(part, raw) for part in value)
    return False


def _typed(key: str, value: object, kind: object) -> Any:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Bad
    if kind == "float":
        return _float(value)
    assert isinstance(kind, int)
    if kind >= 2**31:
        return _integer(value, kind)
    if len(value.encode("utf-8", "surrogateescape")) > kind:
        raise Bad
    return _integer(value, 2**63) if key == "userId" else str(value)


def _integer(value: str, limit: int) -> int:
    if not re.fullmatch(r"-?[0-9]{1,1000}", value, re.ASCII):
        raise Bad
    if not -limit <= int(value) < limit:
        raise Bad
    return int(value)


def _float(value: str) -> float:
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", value, re.ASCII):
        raise Bad
    number = float(value) + 0.0  # zero has no sign
    if not math.isfinite(number):
        raise Bad
    return number


def _trimmed(record: Record) -> Record:
    return {k: v.rstrip(" ") if isinstance(v, str) else v for k, v in record.items()}


# The star


def _in_order(values: Iterable[Any]) -> list[tuple[bool, Any]]:
    """Give what sorts as the design orders columns: nulls last, texts by their bytes."""
    return [
        (v is None, b"" if v is None else v.encode() if isinstance(v, str) else v) for v in values
    ]


def _columns(event: Record) -> list[tuple[bool, Any]]:
    # A column is text or number throughout, so values of one column are comparable.
    return [
        (null, 0 if null else value) for null, value in _in_order(event[key] for key in EVENT_KEYS)
    ]


def _key(event: Record) -> tuple[Any, ...]:
    return event["ts"], event["userId"], event["sessionId"], event["itemInSession"]


def _without_copies(events: Iterable[Record]) -> list[Record]:
    first: dict[tuple[Any, ...], Record] = {}
    for event in events:
        known = first.get(_key(event))
        if known is None or _columns(event) < _columns(known):
            first[_key(event)] = event
    return list(first.values())


def _moment(event: Record) -> datetime:
    return _EPOCH + timedelta(milliseconds=event["ts"])


def _songplays(plays: Iterable[Record], songs: Iterable[Record]) -> Iterator[Row]:
    by_name: dict[tuple[str, str], list[Record]] = {}
    for song in songs:
        by_name.setdefault((song["title"], song["artist_name"]), []).append(song)
    for play in plays:
        natural = "|".join("" if part is None else str(part) for part in _key(play))
        candidates = by_name.get((play["song"], play["artist"]), [])
        ranked = sorted(candidates, key=lambda s: _distance(s, play))
        linked: Record | None = ranked[0] if ranked else None
        yield (
            hashlib.md5(natural.encode()).hexdigest(),  # noqa: S324 - a name, no secret
            _moment(play),
            play["userId"],
            play["level"],
            linked["song_id"] if linked else None,
            linked["artist_id"] if linked else None,
            play["sessionId"],
            play["location"],
            play["userAgent"],
        )


def _distance(song: Record, play: Record) -> tuple[bool, float, bytes]:
    unknown = song["duration"] is None or play["length"] is None
    distance = 0.0 if unknown else abs(song["duration"] - play["length"])
    return unknown, distance, song["song_id"].encode()


def _users(events: Iterable[Record]) -> Iterator[Row]:
    latest: dict[int, Record] = {}
    for event in _without_copies_of_any(events):
        known = latest.get(event["userId"])
        if known is None or _when(event) > _when(known):
            latest[event["userId"]] = event
    for user_id, event in latest.items():
        yield user_id, event["firstName"], event["lastName"], event["gender"], event["level"]


def _without_copies_of_any(events: Iterable[Record]) -> list[Record]:
    return _without_copies(event for event in events if event["userId"] is not None)


def _when(event: Record) -> tuple[int, int, int]:
    return event["ts"], event["sessionId"], event["itemInSession"]


def _first_of_each(records: Iterable[Record]) -> list[Record]:
    first: dict[str, Record] = {}
    for record in records:
        first.setdefault(record["song_id"], record)
    return list(first.values())


def _song(song: Record) -> Row:
    year = song["year"] or None
    return song["song_id"], song["title"], song["artist_id"], year, song["duration"]


def _artists(songs: Iterable[Record]) -> Iterator[Row]:
    of_artist: dict[str, list[Record]] = {}
    for song in songs:
        of_artist.setdefault(song["artist_id"], []).append(song)
    for artist_id, records in of_artist.items():
        names = Counter(record["artist_name"] for record in records)
        places = Counter(r["artist_location"] for r in records if r["artist_location"] is not None)
        pairs = Counter((r["artist_latitude"], r["artist_longitude"]) for r in records)
        known = {pair: count for pair, count in pairs.items() if None not in pair}
        position = min(known, key=lambda pair: (-known[pair], pair), default=(None, None))
        yield artist_id, _best(names), _best(places), *position


def _best(texts: Counter[str]) -> str | None:
    def rank(text: str) -> tuple[int, int, bytes]:
        return -texts[text], len(text.encode()), text.encode()

    return min(texts, key=rank, default=None)


def _time(moment: datetime) -> Row:
    week = moment.isocalendar().week
    weekday = moment.isoweekday() % 7
    return moment, moment.hour, moment.day, week, moment.month, moment.year, weekday
