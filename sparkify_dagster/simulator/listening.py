"""What is played: recordings, their popularity, and who likes which."""

import random
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from sparkify_dagster.simulator.catalogue import Song, make_songs

TASTES = 16
"""Clusters of artists that are liked together."""
_MOST_PLAYED = 30_000
"""Songs of the catalogue that are ever played; bounds the memory."""
_FIRST_TASTE, _ANY_TASTE = 0.78, 0.1
_OTHER_LENGTH, _OTHER_BLANKS = 0.03, 0.01


@dataclass(frozen=True, slots=True)
class Recording:
    """What a play names: title, artist and length (in units of 10 microseconds)."""

    title: str
    artist: str
    length: int


class Listening:
    """All recordings, ordered by taste and popularity, and the choice among them."""

    def __init__(self, seed: int, songs: list[Song], *, oddities: bool) -> None:
        """Take songs of the catalogue, and half as many that the catalogue lacks."""
        rng = random.Random(f"{seed} listening")  # noqa: S311
        played = rng.sample(songs, min(len(songs), _MOST_PLAYED))
        lacking = make_songs(f"{seed} lacking", max(20, len(played) // 2), oddities=oddities)
        by_taste: list[list[Recording]] = [[] for _ in range(TASTES)]
        taste_of: dict[str, int] = {}
        for song in (*played, *lacking):
            taste = taste_of.setdefault(song.artist_id, rng.randrange(TASTES))
            by_taste[taste] += _recordings(rng, song, oddities=oddities)
        for liked in by_taste:
            rng.shuffle(liked)
        self.recordings = [recording for liked in by_taste for recording in liked]
        self.lengths = np.array([r.length // 100 for r in self.recordings], dtype=np.int64)
        """Length of each recording in milliseconds."""
        ranks = np.concatenate([np.arange(len(liked)) for liked in by_taste])
        # Zipf's law, with less of a head than a single best-seller would make.
        self._until = np.concatenate(([0.0], np.cumsum((ranks + 3.0) ** -0.9)))
        self._taste_ends = np.array([0, *accumulate(len(liked) for liked in by_taste)])

    def choose(self, rng: np.random.Generator, likes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return a recording's number for each play.

        `likes` holds two tastes a play: seven plays in ten are of the first, two of the second,
        one is of any.
        """
        plays = len(likes)
        taste = np.where(rng.random(plays) < _FIRST_TASTE, likes[:, 0], likes[:, 1])
        anything = rng.random(plays) < _ANY_TASTE
        taste = np.where(anything, rng.integers(0, TASTES, plays), taste)
        low, high = self._until[self._taste_ends[taste]], self._until[self._taste_ends[taste + 1]]
        point = low + rng.random(plays) * (high - low)
        chosen: NDArray[np.int64] = np.searchsorted(self._until, point, side="right") - 1
        return np.minimum(chosen, len(self.recordings) - 1)


def _recordings(rng: random.Random, song: Song, *, oddities: bool) -> list[Recording]:
    """Return what plays of a song say; its title may have blanks after it, its length vary."""
    plain = Recording(song.title, song.artist_name, song.duration)
    recordings = [plain]
    if oddities and rng.random() < _OTHER_LENGTH:
        length = max(1_000_000, plain.length + rng.randrange(-1_500_000, 1_500_000))
        recordings.append(Recording(plain.title, plain.artist, length))
    if oddities and rng.random() < _OTHER_BLANKS:
        recordings.append(Recording(f"{plain.title}  ", plain.artist, plain.length))
    return recordings
