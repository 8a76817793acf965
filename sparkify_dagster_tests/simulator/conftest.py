"""One simulated source that the tests read."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sparkify_dagster.simulator import SimulatedSource, Simulation, simulate
from sparkify_dagster_tests.simulator.reader import read_log

Event = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """A simulated source and what is in it."""

    folder: Path
    written: SimulatedSource
    events: dict[str, list[Event]]
    """By file name, such as 2018-11-01-events.json; absent values as None."""
    rejected: list[str]
    songs: list[Event]

    @property
    def all_events(self) -> list[Event]:
        """The events of all files, in the files' order."""
        return [event for name in sorted(self.events) for event in self.events[name]]


def read_source(folder: Path, written: SimulatedSource) -> Source:
    """Read all files of a source."""
    events: dict[str, list[Event]] = {}
    rejected: list[str] = []
    for path in folder.glob("log_data/*/*/*.json"):
        reading = read_log(path.read_bytes(), "-".join(path.parts[-3:-1]))
        rejected += reading.rejected
        events[path.name] = [_complete(event) for event in reading.events]
    songs = [json.loads(path.read_bytes()) for path in folder.glob("song_data/*/*/*/*.json")]
    return Source(folder, written, events, rejected, songs)


def _complete(event: Event) -> Event:
    keys = "artist firstName gender lastName length location registration song userAgent userId"
    return dict.fromkeys(keys.split()) | event


@pytest.fixture(scope="package")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Three months with the real data's oddities."""
    folder = tmp_path_factory.mktemp("odd")
    return read_source(folder, simulate(Simulation(), folder))


@pytest.fixture(scope="package")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Two months without oddities."""
    folder = tmp_path_factory.mktemp("plain")
    simulation = Simulation(months=2, users=100, oddities=False)
    return read_source(folder, simulate(simulation, folder))
