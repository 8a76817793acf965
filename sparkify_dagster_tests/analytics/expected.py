"""The analytics tables computed once more, from the files, in pandas and Python.

Nothing of the package is used, so that an error in its SQL cannot be here too. Each function gives
the rows of the table of its name, as tuples in the order of its columns.
"""

import copy
import hashlib
import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from sparkify_dagster_tests.analytics.reading import Frame, read_events, read_plays, read_songs

Rows = list[tuple[Any, ...]]

DAY_MS = 86_400_000


class Expected:
    """What the analytics of a source folder should be."""

    def __init__(self, folder: Path) -> None:
        events = read_events(folder)
        self.songs = read_songs(folder)
        self.plays = read_plays(events, self.songs)
        self.known = events[events.user_id.notna()]
        self.user_plays = self.plays[self.plays.user_id.notna()]
        self.linked = self.user_plays[self.user_plays.song_id.notna()]

    def user_days(self) -> Rows:
        plays = self.user_plays.groupby(["user_id", "day"]).size().to_dict()
        paid = self.user_plays[self.user_plays.level == "paid"]
        paid_plays = paid.groupby(["user_id", "day"]).size().to_dict()
        pages = ["Upgrade", "Downgrade", "Cancel", "Cancellation Confirmation"]
        return [
            (
                user,
                day,
                plays.get((user, day), 0),
                paid_plays.get((user, day), 0),
                *(int(page in set(group.page)) for page in pages),
            )
            for (user, day), group in self.known.groupby(["user_id", "day"])
        ]

    def user_levels(self) -> Rows:
        found = []
        for (user, day), group in self._level_events().groupby(["user_id", "day"]):
            before = None
            for number, (ts, level) in enumerate(zip(group.ts, group["level"], strict=True), 1):
                if level != before:
                    found.append((user, day, number, ts, level))
                before = level
        return found

    def listens(self) -> Rows:
        by = ["day", "user_id", "artist", "song", "song_id"]
        counts = self.plays.groupby(by, dropna=False).size()
        return [(*map(_none, key), count) for key, count in counts.items()]

    def daily_plays(self) -> Rows:
        levels = self.plays.level.fillna("unknown")
        return [
            (*key, len(group), int(group.song_id.notna().sum()), group.user_id.nunique())
            for key, group in self.plays.groupby([self.plays.day, levels])
        ]

    def listening_hours(self) -> Rows:
        plays = self.plays
        by = [plays.day, plays.moment.dt.hour, plays.level.fillna("unknown")]
        return [(*key, len(group), group.user_id.nunique()) for key, group in plays.groupby(by)]

    def sessions(self) -> Rows:
        by = ["user_id", "sessionId", "month"]
        plays = self.user_plays.groupby(by).size().to_dict()
        paid_plays = self.user_plays[self.user_plays.level == "paid"].groupby(by).size().to_dict()
        found = []
        for key, group in self.known.groupby(by):
            agent = min(group.userAgent.dropna(), default=None)
            found.append(
                (
                    *key,
                    group.moment.min().to_pydatetime(),
                    int(group.ts.max() - group.ts.min()) // 1000,
                    plays.get(key, 0),
                    paid_plays.get(key, 0),
                    min(group.location.dropna(), default=None),
                    _device(agent),
                    _browser(agent),
                )
            )
        return found

    def session_days(self) -> Rows:
        by = ["user_id", "sessionId", "day"]
        plays = self.user_plays.groupby(by).size().to_dict()
        paid_plays = self.user_plays[self.user_plays.level == "paid"].groupby(by).size().to_dict()
        return [
            (
                *key,
                int(group.ts.min()),
                int(group.ts.max()),
                plays.get(key, 0),
                paid_plays.get(key, 0),
                min(group.location.dropna(), default=None),
                min(group.userAgent.dropna(), default=None),
            )
            for key, group in self.known.groupby(by)
        ]

    def daily_users(self) -> Rows:
        days = self.known.groupby("day").user_id.agg(set).to_dict()
        seen: set[int] = set()
        found = []
        for day in sorted(days):
            new = days[day] - seen
            seen |= new
            windows = [
                set().union(*(u for d, u in days.items() if 0 <= (day - d).days < length))
                for length in (7, 30)
            ]
            found.append((day, len(days[day]), len(new), *map(len, windows)))
        return found

    def weekly_retention(self) -> Rows:
        weeks = self.known.moment.dt.to_period("W-SUN").dt.start_time.dt.date
        users = self.known.groupby(weeks).user_id.agg(set).to_dict()
        seen: set[int] = set()
        found = []
        for first in sorted(users):
            cohort = users[first] - seen
            seen |= cohort
            for week in (w for w in sorted(users) if w >= first):
                back = len(cohort & users[week])
                if back:
                    later = (week - first).days // 7
                    found.append((first, later, len(cohort), back, back / len(cohort)))
        return found

    def level_changes(self) -> Rows:
        found = []
        for user, group in self._level_events().groupby("user_id"):
            level, since, number = group["level"].iloc[0], group.ts.iloc[0], 0
            for ts, new in zip(group.ts, group["level"], strict=True):
                if new == level:
                    continue
                number += 1
                days = (ts - since) // DAY_MS
                found.append((user, number, _moment(ts), level, new, _moment(since), days))
                level, since = new, ts
        return found

    def monthly_users(self) -> Rows:
        users = self.known.groupby("month").user_id.agg(set).to_dict()
        changes = self.level_changes()
        levels = self._level_events()
        seen: set[int] = set()
        found = []
        for month in sorted(users):
            before: set[int] = users.get(str(pd.Period(month) - 1), set())
            now = users[month]
            last = levels[levels.month == month].groupby("user_id")["level"].last()
            moved = Counter(c[3:5] for c in changes if f"{c[2]:%Y-%m}" == month)
            of_month = self.known[self.known.month == month]
            opened = [
                of_month[of_month.page == page].user_id.nunique()
                for page in ("Upgrade", "Downgrade", "Cancel", "Cancellation Confirmation")
            ]
            found.append(
                (
                    month,
                    len(now),
                    len(now - seen),
                    len(now & before),
                    len((now & seen) - before),
                    len(before - now),
                    int((last == "paid").sum()),
                    moved["free", "paid"],
                    moved["paid", "free"],
                    *opened,
                )
            )
            seen |= now
        return found

    def songs_to_acquire(self) -> Rows:
        missing = self.plays[self.plays.song_id.isna()].dropna(subset=["artist", "song"])
        artists = set(self.songs.artist_name)
        gaps = sorted(
            (-len(group), -group.user_id.nunique(), *key, group.month.max())
            for key, group in missing.groupby(["artist", "song"])
        )
        return [
            (artist, title, rank, -plays, -listeners, month, artist in artists)
            for rank, (plays, listeners, artist, title, month) in enumerate(gaps, 1)
        ]

    def artist_popularity(self) -> Rows:
        catalogue = Counter(self.songs.artist_name)
        return [
            (
                artist,
                len(group),
                group.user_id.nunique(),
                group.song.nunique(),
                int(group.song_id.notna().sum()),
                catalogue[artist],
                self._location(artist),
            )
            for artist, group in self.plays.dropna(subset=["artist"]).groupby("artist")
        ]

    def favourite_songs(self) -> Rows:
        users = map(int, self.linked.user_id)
        plays = Counter(zip(users, self.linked.song_id, strict=True))
        by_user = defaultdict(list)
        for (user, song), count in plays.items():
            by_user[user].append((-count, _md5(f"{user}|{song}"), song))
        return [
            (user, rank, song, -count)
            for user, songs in by_user.items()
            for rank, (count, _, song) in enumerate(sorted(songs)[:50], 1)
        ]

    def similar_songs(self) -> Rows:
        by_user = defaultdict(list)
        for user, _, song, _ in self.favourite_songs():
            by_user[user].append(song)
        listeners = Counter(song for songs in by_user.values() for song in songs)
        common = Counter(p for songs in by_user.values() for p in combinations(sorted(songs), 2))
        likeness = defaultdict(list)
        for (one, other), count in common.items():
            if count >= 3:
                cosine = count / math.sqrt(listeners[one] * listeners[other])
                likeness[one].append((-cosine, -count, other))
                likeness[other].append((-cosine, -count, one))
        return [
            (song, rank, other, -count, -cosine)
            for song, others in likeness.items()
            for rank, (cosine, count, other) in enumerate(sorted(others)[:10], 1)
        ]

    def recommendations(self) -> Rows:
        similar, favourites = self._similar_and_favourites()
        played = self.linked.groupby("user_id").song_id.agg(set).to_dict()
        found: Rows = []
        for user in sorted(set(self.known.user_id)):
            offers = self._similar_offers(favourites[user], similar, played.get(user, set()))
            offered = {offer[0] for offer in offers}
            for song, count in self._popular():
                if song not in played.get(user, set()) | offered and len(offers) < 10:
                    offers.append((song, "popular", None, count))
            found += [(user, rank, *offer) for rank, offer in enumerate(offers, 1)]
        return found

    def artist_spellings(self) -> Rows:
        songs = Counter(self.songs.artist_name)
        by_key = defaultdict(list)
        for name, count in songs.items():
            for repaired, key in _name_keys(name):
                by_key[key].append((repaired, -count, name))
        titles = set(zip(self.songs.artist_name, self.songs.title, strict=True))
        found: Rows = []
        for artist, plays in self.plays[self.plays.artist.notna()].groupby("artist"):
            matches = [
                (max(repaired, known), count, name)
                for repaired, key in _name_keys(artist)
                for known, count, name in by_key.get(key, [])
                if key
            ]
            if artist in songs or not matches:
                continue
            repaired, count, name = min(matches)
            linkable = sum((name, title) in titles for title in plays.song)
            difference = "encoding" if repaired else "spelling"
            listeners = plays.user_id.nunique()
            found.append((artist, name, difference, len(plays), listeners, linkable, -count))
        return found

    def recommendation_quality(self) -> Rows:
        lots = {user: _md5(str(int(user))) for user in set(self.known.user_id)}
        drawn = sorted(lots, key=lambda user: (lots[user], user))[:1000]
        linked = self.linked[self.linked.user_id.isin(drawn)]
        days = pd.to_datetime(linked.day)
        held_out = days > days.groupby(linked.user_id).transform("max") - pd.Timedelta(days=7)
        past = copy.copy(self)
        past.linked = linked[~held_out]
        known = past.linked.groupby("user_id").song_id.agg(set).to_dict()
        later = linked[held_out].groupby("user_id").song_id.agg(set).to_dict()
        new = {user: songs - known[user] for user, songs in later.items() if user in known}
        measured = {user: songs for user, songs in new.items() if songs}
        similar, favourites = past._similar_and_favourites()
        popular = list(past._popular())
        ranks: dict[str, list[int]] = {"recommender": [], "popularity": []}
        for user, songs in measured.items():
            best = [o[0] for o in past._similar_offers(favourites[user], similar, known[user])]
            others = [song for song, _ in popular if song not in known[user]]
            lists = {
                "recommender": [*best, *(song for song in others if song not in best)],
                "popularity": others,
            }
            for method, offered in lists.items():
                hits = [rank for rank, song in enumerate(offered[:10], 1) if song in songs]
                ranks[method].append(hits[0] if hits else 0)
        return [
            (
                method,
                len(of_users),
                sum(rank > 0 for rank in of_users),
                sum(rank > 0 for rank in of_users) / len(of_users),
                sum(2520 // rank for rank in of_users if rank) / (2520 * len(of_users)),
            )
            for method, of_users in ranks.items()
            if of_users
        ]

    def _similar_and_favourites(
        self,
    ) -> tuple[dict[str, list[tuple[str, int]]], dict[int, list[str]]]:
        similar = defaultdict(list)
        for song, _, other, _, cosine in self.similar_songs():
            similar[song].append((other, math.floor(cosine * 1_000_000)))
        favourites = defaultdict(list)
        for user, _, song, _ in self.favourite_songs():
            favourites[user].append(song)
        return similar, favourites

    def _similar_offers(
        self, favourites: list[str], similar: dict[str, list[tuple[str, int]]], played: set[str]
    ) -> Rows:
        scores: Counter[str] = Counter()
        best: dict[str, tuple[int, str]] = {}
        for song in sorted(favourites):
            for other, worth in similar[song]:
                scores[other] += worth
                best[other] = min(best.get(other, (0, "")), (-worth, song))
        order = sorted((-score, song) for song, score in scores.items() if song not in played)
        return [(song, "similar", best[song][1], -score) for score, song in order[:10]]

    def _popular(self) -> Iterator[tuple[str, int]]:
        groups = self.linked.groupby("song_id").user_id
        order = sorted((-users.nunique(), -len(users), song) for song, users in groups)
        # Among equals, recommendations follow the order of ids.
        return iter(sorted(((s, -n) for n, _, s in order[:100]), key=lambda o: (-o[1], o[0])))

    def _level_events(self) -> Frame:
        order = ["user_id", "ts", "sessionId", "itemInSession", "level"]
        return self.known.dropna(subset=["level"]).sort_values(order)

    def _location(self, artist: str) -> str | None:
        of_name = self.songs[self.songs.artist_name == artist]
        order = sorted((-count, key) for key, count in Counter(of_name.artist_id).items())
        for _, artist_id in order:
            records = self.songs[self.songs.artist_id == artist_id]
            places = Counter(records.artist_location.dropna())
            if places:
                return str(min(places, key=lambda p: (-places[p], len(p.encode()), p)))
        return None


_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ø": "o", "đ": "d", "ł": "l", "ð": "d"}


def _name_keys(name: str) -> Iterator[tuple[int, str]]:
    """Yield the key of a name, and that of the name without double encoding."""
    yield 0, _name_key(name)
    repaired = name
    while "Ã" in repaired:
        try:
            decoded = b"".join(map(_as_byte, repaired)).decode()
        except ValueError:
            break
        repaired = decoded
    if repaired != name:
        yield 1, _name_key(repaired)


def _as_byte(character: str) -> bytes:
    try:
        return character.encode("latin-1")
    except UnicodeEncodeError:
        return character.encode("cp1252")


def _name_key(name: str) -> str:
    lower = "".join(_LETTERS.get(c, c) for c in name.lower())
    plain = unicodedata.normalize("NFKD", lower)
    return "".join(c for c in plain if c.isalnum())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _none(value: Any) -> Any:
    return None if pd.isna(value) else value


def _moment(ts: int) -> Any:
    return pd.Timestamp(ts, unit="ms").to_pydatetime()


def _device(agent: str | None) -> str:
    if agent is None:
        return "unknown"
    marks = {
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Android": "Android",
        "Macintosh": "Mac",
        "Linux": "Linux",
    }
    return next((name for mark, name in marks.items() if mark in agent), "other")


def _browser(agent: str | None) -> str:
    if agent is None:
        return "unknown"
    marks = {
        "Firefox/": "Firefox",
        "Chrome/": "Chrome",
        "MSIE ": "Internet Explorer",
        "Trident/": "Internet Explorer",
        "Safari/": "Safari",
    }
    return next((name for mark, name in marks.items() if mark in agent), "other")
