"""Artists and songs: what the song files say."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sparkify_dagster.simulator.vocabulary import (
    ADJECTIVES,
    GROUPS,
    NOUNS,
    PLACES,
    TITLE_ENDINGS,
)

_SONGS_PER_FOLDER = 22
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Place = tuple[str, float | None, float | None]
"""Location, latitude, longitude."""


@dataclass(frozen=True, slots=True)
class Artist:
    """One artist, with the names and places under which its records have it."""

    artist_id: str
    names: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Song:
    """One song as its record has it; `duration` in units of 10 microseconds."""

    song_id: str
    title: str
    artist_id: str
    artist_name: str
    place: Place
    year: int
    duration: int

    def record(self) -> dict[str, Any]:
        """Return the JSON object of the song's file, in the real data's key order."""
        location, latitude, longitude = self.place
        return {
            "song_id": self.song_id,
            "num_songs": 1,
            "title": self.title,
            "artist_name": self.artist_name,
            "artist_latitude": latitude,
            "year": self.year,
            "duration": self.duration / 100_000,
            "artist_id": self.artist_id,
            "artist_longitude": longitude,
            "artist_location": location,
        }


def make_songs(seed: str, count: int, *, oddities: bool) -> list[Song]:
    """Return `count` songs of at most six tenths as many artists."""
    rng = random.Random(seed)  # noqa: S311
    artists = [_artist(rng, number, oddities=oddities) for number in range(1 + count * 6 // 10)]
    songs: list[Song] = []
    taken: set[tuple[str, str]] = set()
    for number in range(count):
        if oddities and number % 40 == 1:
            songs.append(_released_again(rng, number, rng.choice(songs)))
            continue
        song = _song(rng, number, rng.choice(artists), oddities=oddities)
        while (song.title, song.artist_name) in taken:
            song = replace(song, title=f"{song.title} {rng.choice(NOUNS)}")
        taken.add((song.title, song.artist_name))
        songs.append(song)
    return songs


def song_paths(seed: int, count: int) -> Iterator[str]:
    """Yield a path below song_data for each song, A/B/C/TRABC….json, folder by folder."""
    rng = random.Random(f"{seed} tracks")  # noqa: S311
    folders = min(len(_LETTERS) ** 3, -(-count // _SONGS_PER_FOLDER))
    for number in range(count):
        folder = number * folders // count
        a, b, c = (_LETTERS[folder // 26**power % 26] for power in (2, 1, 0))
        track = f"{_identifier(rng, '', 2)}{number:07X}{rng.randrange(16**4):04X}"
        yield f"{a}/{b}/{c}/TR{a}{b}{c}{track}.json"


def doubly_encoded(text: str) -> str:
    """Return text whose UTF-8 bytes were taken for Latin-1: Björk becomes BjÃ¶rk."""
    return text.encode().decode("latin-1")


def _artist(rng: random.Random, number: int, *, oddities: bool) -> Artist:
    artist_id = f"{_identifier(rng, 'AR', 5)}118{number:08X}"
    name, place = _artist_name(rng), rng.choice(PLACES)
    if not oddities:
        return Artist(artist_id, (name,), (place,))
    return Artist(artist_id, _names(rng, number, name), _places(rng, number, place))


def _artist_name(rng: random.Random) -> str:
    first, second, group = rng.choice(ADJECTIVES), rng.choice(NOUNS), rng.choice(GROUPS)
    return rng.choice(
        (
            f"The {first} {group}",
            f"{second} {group}",
            f"{first} {second} & The {group}",
            f"{first} {second}",
        )
    )


def _names(rng: random.Random, number: int, name: str) -> tuple[str, ...]:
    match number % 40:
        case 0 | 8 | 16 | 24 | 32:
            return name, f"{name} feat. {_artist_name(rng)}", name.upper()
        case 3:
            return (doubly_encoded(f"{name} Björk"), f"{name} Björk")
        case 13:
            return (doubly_encoded(doubly_encoded(f"Été {name}")),)
        case 23:
            return f" {name}", f"{name}  ", name
        case 33:
            return (" & ".join([name] * 20)[:250],)
        case _:
            return (name,)


def _places(rng: random.Random, number: int, place: Place) -> tuple[Place, ...]:
    location, latitude, longitude = place
    match number % 20:
        case 0 | 8 | 16:
            return place, (location.split(",")[0], None, None), rng.choice(PLACES)
        case 4:
            return place, ("", latitude, longitude)
        case 12:
            return ((location, latitude, None),)
        case odd if odd % 2:
            return (("", None, None),)
        case _:
            return (place,)


def _song(rng: random.Random, number: int, artist: Artist, *, oddities: bool) -> Song:
    title = f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}{rng.choice(TITLE_ENDINGS)}"
    year = rng.randint(1955, 2018)
    if oddities:
        title = _odd_title(number, title)
        year = rng.choice((0, 0, year, year, year))
    return Song(
        song_id=f"{_identifier(rng, 'SO', 5)}12A{number:08X}",
        title=title,
        artist_id=artist.artist_id,
        artist_name=rng.choice(artist.names),
        place=rng.choice(artist.places),
        year=year,
        duration=max(2_000_000, round(rng.gauss(23_500_000, 7_500_000))),
    )


def _odd_title(number: int, title: str) -> str:
    match number % 50:
        case 2:
            return doubly_encoded(f"{title} für Élise")
        case 12:
            return f" {title}"
        case 22:
            return f"{title} "
        case 32:
            return f'"{title}" \\ live/unplugged'
        case _:
            return title


def _released_again(rng: random.Random, number: int, song: Song) -> Song:
    """Return the same title by the same artist under another song_id, half of them as long."""
    return replace(
        song,
        song_id=f"{_identifier(rng, 'SO', 5)}12A{number:08X}",
        year=rng.choice((0, song.year, 2001)),
        duration=song.duration + rng.choice((0, 0, 31_347, -812_408)),
    )


def _identifier(rng: random.Random, prefix: str, letters: int) -> str:
    return prefix + "".join(rng.choices(_LETTERS, k=letters))
