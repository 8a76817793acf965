"""The app's pages as a state machine: what each event says, and what may follow it."""

from http import HTTPStatus
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FREE, PAID, GUEST = range(3)
"""Who walks: users by level, and visitors who never log in."""

SLOTS = 1024
"""Size of a row of the transition table: a random slot holds the next state."""


class State(NamedTuple):
    """One state: the page it logs and whether its visitor is logged in."""

    page: str
    method: str = "GET"
    status: int = 200
    logged_in: bool = True

    @property
    def redirects(self) -> bool:
        """Whether the next page follows at once."""
        return self.status == HTTPStatus.TEMPORARY_REDIRECT


STATES = {
    "home": State("Home"),
    "next song": State("NextSong", "PUT"),
    "thumbs up": State("Thumbs Up", "PUT", 307),
    "thumbs down": State("Thumbs Down", "PUT", 307),
    "add to playlist": State("Add to Playlist", "PUT"),
    "settings": State("Settings"),
    "save settings": State("Save Settings", "PUT", 307),
    "help": State("Help"),
    "about": State("About"),
    "error": State("Error", "GET", 404),
    "upgrade": State("Upgrade"),
    "upgrade decided": State("Upgrade"),
    "submit upgrade": State("Submit Upgrade", "PUT", 307),
    "downgrade": State("Downgrade"),
    "downgrade decided": State("Downgrade"),
    "submit downgrade": State("Submit Downgrade", "PUT", 307),
    "cancel": State("Cancel", "PUT", 307),
    "cancellation": State("Cancellation Confirmation"),
    "logout": State("Logout", "PUT", 307),
    "out home": State("Home", logged_in=False),
    "out help": State("Help", logged_in=False),
    "out about": State("About", logged_in=False),
    "out error": State("Error", "GET", 404, logged_in=False),
    "login": State("Login", "PUT", 307, logged_in=False),
}
NUMBER = {name: number for number, name in enumerate(STATES)}
"""A state's number in the arrays."""

_FOLLOWS: dict[str, dict[str, float]] = {
    "home": {"next song": 88, "home": 3, "settings": 4, "help": 2, "about": 1, "error": 0.3},
    "next song": {
        "next song": 87,
        "thumbs up": 4,
        "add to playlist": 2.2,
        "thumbs down": 1,
        "home": 3.5,
        "settings": 0.8,
        "help": 0.6,
        "about": 0.3,
        "error": 0.2,
    },
    "thumbs up": {"next song": 1},
    "thumbs down": {"next song": 1},
    "add to playlist": {"next song": 1},
    "settings": {"next song": 5, "save settings": 2, "home": 2, "help": 1},
    "save settings": {"home": 1},
    "help": {"next song": 3, "home": 2},
    "about": {"next song": 3, "home": 2},
    "error": {"home": 2, "next song": 1},
    "upgrade": {"next song": 4, "home": 1},
    "upgrade decided": {"submit upgrade": 1},
    "submit upgrade": {"home": 1},
    "downgrade": {"next song": 4, "home": 1},
    "downgrade decided": {"submit downgrade": 1},
    "submit downgrade": {"home": 1},
    "cancel": {"cancellation": 1},
    "cancellation": {"cancellation": 1},
    "logout": {"out home": 1},
    "out home": {"login": 6, "out home": 2, "out about": 1, "out help": 1, "out error": 0.2},
    "out help": {"out home": 1, "login": 1},
    "out about": {"out home": 1, "login": 1},
    "out error": {"out home": 1},
    "login": {"home": 1},
}
_OFFERS = {FREE: {"upgrade": 1.0}, PAID: {"downgrade": 0.8}, GUEST: dict[str, float]()}
"""What Home and NextSong may lead to besides, by who walks."""


def transitions() -> NDArray[np.uint8]:
    """Return table[who, state, slot]: the next state for a random slot."""
    table = np.empty((len(_OFFERS), len(STATES), SLOTS), dtype=np.uint8)
    for who, offers in _OFFERS.items():
        for name, follows in _FOLLOWS.items():
            weights = follows | (offers if name in {"home", "next song"} else {})
            if who == GUEST:
                weights = {to: w for to, w in weights.items() if to != "login"}
            bounds = np.cumsum(list(weights.values()))
            slots = (np.arange(SLOTS) + 0.5) * (bounds[-1] / SLOTS)
            chosen = np.searchsorted(bounds, slots)
            table[who, NUMBER[name]] = np.array([NUMBER[to] for to in weights])[chosen]
    return table
