"""Users: who they are, when they come and go, and how much they listen."""

import random
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sparkify_dagster.simulator.listening import TASTES
from sparkify_dagster.simulator.spans import DAY
from sparkify_dagster.simulator.vocabulary import (
    BOYS,
    GIRLS,
    LAST_NAMES,
    METRO_AREAS,
    USER_AGENTS,
)

_NEVER = np.iinfo(np.int64).max
_THERE_AT_START, _LEAVES_SOME_DAY, _WAVERS = 0.6, 0.7, 0.35
_MEAN_STAY = 250
"""Days."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What every event of a logged-in user repeats; `registration` in ms since the epoch."""

    user_id: int
    first_name: str
    last_name: str
    gender: str
    location: str
    user_agent: str
    registration: int


@dataclass(frozen=True)
class Population:
    """All users, one element each; days count from the epoch."""

    profiles: list[Profile]
    arrives: NDArray[np.int64]
    leaves: NDArray[np.int64]
    """The last day."""
    devotion: NDArray[np.float64]
    """How much one listens: 1 on average, 6 at most. The devoted pay more often."""
    paid: NDArray[np.bool_]
    """The level on arrival."""
    wavering: NDArray[np.float64]
    """How probable it is that a session changes the level."""
    tastes: NDArray[np.int64]
    """Two a user, shape (users, 2)."""

    def present(self, day: int) -> NDArray[np.bool_]:
        """Return who uses the app on a day."""
        return (self.arrives <= day) & (day <= self.leaves)


def make_population(
    seed: int, count: int, first_day: int, end: int, *, oddities: bool
) -> Population:
    """Return `count` users who use the app some time from `first_day` to before `end`.

    Most are there at the start, the others come over time, and a part leaves. The first user
    stays throughout, so that no day is without any.
    """
    rng = np.random.default_rng([seed, 1])
    there = rng.random(count) < _THERE_AT_START
    arrives = np.where(there, first_day, rng.integers(first_day, end, count))
    leaves = arrives + rng.geometric(1 / _MEAN_STAY, count)
    leaves[rng.random(count) > _LEAVES_SOME_DAY] = _NEVER
    arrives[0], leaves[0] = first_day, _NEVER
    devotion = np.minimum(rng.lognormal(-0.4, 0.9, count), 6.0)
    wavers = rng.random(count) < _WAVERS
    registered = np.where(there, rng.integers(DAY, 200 * DAY, count), rng.integers(1, DAY, count))
    taste = rng.integers(0, TASTES, count)
    return Population(
        profiles=_profiles(seed, (arrives * DAY - registered).tolist(), oddities=oddities),
        arrives=arrives,
        leaves=leaves,
        devotion=devotion,
        paid=rng.random(count) < devotion**2 / (devotion**2 + 6.0),
        wavering=np.where(wavers, rng.uniform(0.02, 0.25, count), 0.0),
        tastes=np.stack([taste, (taste + rng.integers(1, 4, count)) % TASTES], axis=1),
    )


def _profiles(seed: int, registrations: list[int], *, oddities: bool) -> list[Profile]:
    rng = random.Random(f"{seed} profiles")  # noqa: S311
    profiles: list[Profile] = []
    for number, registration in enumerate(registrations):
        gender, names = rng.choice((("F", GIRLS), ("M", BOYS)))
        profile = Profile(
            user_id=number + 1,
            first_name=rng.choice(names),
            last_name=rng.choice(LAST_NAMES),
            gender=gender,
            location=rng.choice(METRO_AREAS),
            user_agent=rng.choice(USER_AGENTS),
            registration=registration,
        )
        profiles.append(_odd_profile(profile, profiles) if oddities else profile)
    return profiles


def _odd_profile(profile: Profile, before: list[Profile]) -> Profile:
    match profile.user_id % 50:
        case 2:
            name = before[-1]
            return replace(
                profile,
                first_name=name.first_name,
                last_name=name.last_name,
                gender=name.gender,
            )
        case 12:
            return replace(profile, location="")
        case 22:
            return replace(profile, last_name=f"{profile.last_name} ")
        case _:
            return profile
