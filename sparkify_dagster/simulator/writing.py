"""Writes a simulated source: a file a song, a file a day of events."""

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from sparkify_dagster.errors import SourceError
from sparkify_dagster.simulator.catalogue import Song, make_songs, song_paths
from sparkify_dagster.simulator.events import NO_RECORDING, Events
from sparkify_dagster.simulator.listening import Listening
from sparkify_dagster.simulator.population import make_population
from sparkify_dagster.simulator.rendering import OTHER_EXPORT, STANDARD, Renderer
from sparkify_dagster.simulator.simulation import SimulatedSource, Simulation
from sparkify_dagster.simulator.spans import EPOCH, spans
from sparkify_dagster.simulator.timeline import Timeline

_OTHER_EXPORT_EVERY = 5
"""Days."""


def write_source(
    simulation: Simulation, folder: Path, progress: Callable[[int, int], None]
) -> SimulatedSource:
    """Write the source beside its place, then move it there; see `simulate`."""
    for name in ("log_data", "song_data"):
        if (folder / name).exists():
            raise SourceError(
                f"{folder} already holds {name}: simulate into another folder, or remove it first"
            )
    beside = folder / ".simulating"
    writer = _Writer(simulation, beside, progress)
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        writer.write()
        for name in ("song_data", "log_data"):
            (beside / name).rename(folder / name)
    except OSError as error:
        raise SourceError(f"cannot write a simulated source to {folder}: {error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return SimulatedSource(
        events=writer.events,
        next_songs=writer.next_songs,
        songs=simulation.songs,
        files=writer.files,
        bytes=writer.size,
    )


@dataclass
class _Writer:
    """Writes the files and counts what they hold; `size` in bytes."""

    simulation: Simulation
    folder: Path
    progress: Callable[[int, int], None]
    events: int = 0
    next_songs: int = 0
    files: int = 0
    size: int = 0

    def write(self) -> None:
        """Write song_data and log_data."""
        seed, oddities = self.simulation.seed, self.simulation.oddities
        songs = make_songs(f"{seed} catalogue", self.simulation.songs, oddities=oddities)
        self._write_songs(songs)
        listening = Listening(seed, songs, oddities=oddities)
        del songs
        all_spans = list(spans(self.simulation))
        population = make_population(
            seed,
            self.simulation.users,
            all_spans[0].first_day,
            all_spans[-1].end,
            oddities=oddities,
        )
        dialects = (STANDARD, OTHER_EXPORT) if oddities else (STANDARD,)
        renderers = [
            Renderer(dialect, population.profiles, listening.recordings) for dialect in dialects
        ]
        timeline = Timeline(seed, population, listening, oddities=oddities)
        (self.folder / "log_data").mkdir()
        for events in timeline.events(all_spans):
            self._write_days(events, renderers)

    def _write_songs(self, songs: list[Song]) -> None:
        """Write a file for each song; with oddities, every third as UTF-8 without escapes."""
        root = self.folder / "song_data"
        root.mkdir()
        plain, escaped = json.JSONEncoder(ensure_ascii=False), json.JSONEncoder()
        last_folder = root
        paths = song_paths(self.simulation.seed, len(songs))
        for number, (song, path) in enumerate(zip(songs, paths, strict=True)):
            file = root / path
            if file.parent != last_folder:
                last_folder = file.parent
                last_folder.mkdir(parents=True)
            encoder = plain if self.simulation.oddities and number % 3 == 1 else escaped
            self._write_file(file, [encoder.encode(song.record()).encode()])

    def _write_days(self, events: Events, renderers: list[Renderer]) -> None:
        """Write a file for each day."""
        days, starts = np.unique(events.file_day, return_index=True)
        ends = [*starts[1:].tolist(), len(events)]
        for day, first, end in zip(days.tolist(), starts.tolist(), ends, strict=True):
            date = EPOCH + timedelta(days=day)
            month = self.folder / "log_data" / f"{date:%Y}" / f"{date:%m}"
            month.mkdir(parents=True, exist_ok=True)
            todays = events.take(slice(first, end))
            renderer = renderers[-1 if day % _OTHER_EXPORT_EVERY == 0 else 0]
            self._write_file(month / f"{date:%Y-%m-%d}-events.json", renderer.render(todays))
            self.events += len(todays)
            self.next_songs += int(np.count_nonzero(todays.recording != NO_RECORDING))
            self.progress(self.events, self.simulation.months * self.simulation.events_per_month)

    def _write_file(self, path: Path, blocks: Iterable[bytes]) -> None:
        with path.open("wb") as file:
            self.size += sum(map(file.write, blocks))
        self.files += 1
