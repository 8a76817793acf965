"""A simulated source: what to simulate, and how it gets into a folder."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sparkify_dagster.errors import SettingsError

_MONTH = re.compile(r"(19[89][0-9]|2[0-9]{3})-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Simulation:
    """What to simulate; the same values give the same files, byte for byte.

    `events_per_month` is met within 2 %, from about a thousand on; `songs` is the number of song
    files. With `oddities`, the records are as odd as the real data's, and all of them valid.
    """

    seed: int = 0
    first_month: str = "2018-11"
    months: int = 3
    events_per_month: int = 10_000
    users: int = 200
    songs: int = 1_000
    oddities: bool = True

    def __post_init__(self) -> None:
        if not _MONTH.fullmatch(self.first_month):
            raise SettingsError(
                f"first month {self.first_month!r} is not a month from 1980-01 on, like 2018-11"
            )
        least = {"seed": 0, "months": 1, "events_per_month": 1, "users": 1, "songs": 0}
        for name, minimum in least.items():
            if getattr(self, name) < minimum:
                raise SettingsError(
                    f"{name.replace('_', ' ')} is {getattr(self, name)}: give {minimum} or more"
                )


@dataclass(frozen=True)
class SimulatedSource:
    """What was written: events (NextSong events among them), song files, all files, bytes."""

    events: int
    next_songs: int
    songs: int
    files: int
    bytes: int


def simulate(
    simulation: Simulation,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> SimulatedSource:
    """Write log_data and song_data into a folder and return what was written.

    `progress` is called with the events written so far and about how many there will be. The two
    folders appear when they are complete. Raises SourceError where one of them is there
    already or the folder cannot be written.
    """
    # The command line imports this module; numpy is loaded only to simulate.
    from sparkify_dagster.simulator.writing import write_source

    return write_source(simulation, folder, progress or (lambda _done, _total: None))
