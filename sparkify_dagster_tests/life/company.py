"""The company: what arrives on a day, and what happens to what arrived before."""

import gzip
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster_tests.life.places import Place

_BAD_LINES = (b"not json", b'{"page":"Next', b"null", b'{"ts":1,"page":"Home"}', b"\xc3(")
_BAD_EVERY = 20
_EARLY_SONGS = 0.3


class Company:
    """Delivers a simulated source day by day, in all the ways in which files misbehave."""

    def __init__(self, place: Place, folder: Path, seed: int, months: int, events: int) -> None:
        simulation = Simulation(
            seed=seed, months=months, events_per_month=events, users=20, songs=80
        )
        simulate(simulation, folder)
        self._place = place
        self._folder = folder
        self._random = random.Random(f"{seed} company")
        self._days = sorted(folder.glob("log_data/*/*/*.json"))
        self._songs = sorted(folder.glob("song_data/**/*.json"))
        self._random.shuffle(self._songs)
        self._late: list[tuple[int, str, bytes]] = []
        self._logs: list[str] = []
        self._known_songs: list[str] = []
        self._delivered = 0

    def days(self) -> Iterator[list[str]]:
        """Live day by day; yields what happened on each."""
        early = int(len(self._songs) * _EARLY_SONGS)
        for _ in range(early):
            self._new_song()
        for number, path in enumerate(self._days):
            deeds = [self._deliver(number, path)]
            deeds += self._deliver_late(number)
            while len(self._known_songs) < early + number and self._songs:
                deeds.append(self._new_song())
            if self._random.random() < 0.6:
                deeds.append(self._random.choice(self._accidents())())
            yield deeds
        for _, name, content in self._late:
            self._put_log(name, content)
        while self._songs:
            self._new_song()
        yield ["all that was late arrives"]

    def disturb(self) -> str:
        """Do something to what arrived before, as it may happen while a load is at work."""
        return self._random.choice(self._accidents())()

    def _accidents(self) -> list[Callable[[], str]]:
        return [
            self._change_log,
            self._change_log,
            self._split,
            self._zip,
            self._remove,
            self._repeat,
            self._touch,
            self._change_song,
            self._remove_song,
        ]

    def _deliver(self, number: int, path: Path) -> str:
        name, content = str(path.relative_to(self._folder)), path.read_bytes()
        if number % _BAD_EVERY == 0:
            content = self._spoiled(content)
        how = self._random.random()
        if how < 0.1:
            self._late.append((number + 30, name, content))
            return f"{name} will be a month late"
        if how < 0.25:
            lines = content.splitlines(keepends=True)
            self._late.append((number + self._random.randint(1, 9), name, content))
            self._put_log(name, b"".join(lines[: len(lines) // 2]))
            return f"{name} arrives, cut in half"
        if how < 0.4:
            self._put_log(f"{name}.gz", gzip.compress(content))
            return f"{name}.gz arrives"
        self._put_log(name, content)
        return f"{name} arrives"

    def _deliver_late(self, number: int) -> list[str]:
        due = [late for late in self._late if late[0] <= number]
        self._late = [late for late in self._late if late[0] > number]
        for _, name, content in due:
            self._put_log(name, content)
        return [f"{name} arrives late" for _, name, _ in due]

    def _spoiled(self, content: bytes) -> bytes:
        lines = content.splitlines()
        for bad in _BAD_LINES:
            lines.insert(self._random.randint(0, len(lines)), bad)
        return b"\n".join(lines) + b"\n"

    def _put_log(self, name: str, content: bytes) -> None:
        self._place.put(name, content)
        if name not in self._logs:
            self._logs.append(name)

    def _remove_log(self, name: str) -> None:
        self._place.remove(name)
        self._logs.remove(name)

    def _plain(self, name: str) -> bytes:
        content = self._place.get(name)
        return gzip.decompress(content) if name.endswith(".gz") else content

    def _any_log(self) -> str | None:
        return self._random.choice(self._logs) if self._logs else None

    def _change_log(self) -> str:
        name = self._any_log()
        if name is None:
            return "nothing"
        lines = self._plain(name).splitlines(keepends=True)
        kept = min(len(lines), max(1, len(lines) - 1))  # a file that was split may be empty
        changed = b"".join(self._random.sample(lines, kept))
        changed += b"" if changed.endswith(b"\n") else b"\n"
        self._place.put(name, gzip.compress(changed) if name.endswith(".gz") else changed)
        return f"{name} is overwritten, without one line and in another order"

    def _split(self) -> str:
        name = self._any_log()
        if name is None or name.endswith(".gz"):
            return "nothing"
        lines = self._place.get(name).splitlines(keepends=True)
        stem = name.removesuffix(".json")
        self._put_log(f"{stem}-1.json", b"".join(lines[: len(lines) // 2]))
        self._put_log(f"{stem}-2.json", b"".join(lines[len(lines) // 2 :]))
        self._remove_log(name)
        return f"{name} is split in two"

    def _zip(self) -> str:
        name = self._any_log()
        if name is None or name.endswith(".gz"):
            return "nothing"
        self._put_log(f"{name}.gz", gzip.compress(self._place.get(name)))
        self._remove_log(name)
        return f"{name} is gzipped"

    def _remove(self) -> str:
        name = self._any_log()
        month = name[: len("log_data/2018/11/")] if name else ""
        # A month that once had files and has none would leave a record that a clean load has not.
        if name is None or sum(other.startswith(month) for other in self._logs) < 3:
            return "nothing"
        self._remove_log(name)
        return f"{name} is removed"

    def _repeat(self) -> str:
        name = self._any_log()
        if name is None:
            return "nothing"
        ending = ".json.gz" if name.endswith(".gz") else ".json"
        again = f"{name.removesuffix(ending)}-again{ending}"
        self._put_log(again, self._place.get(name))
        return f"{name} is delivered twice"

    def _touch(self) -> str:
        name = self._any_log()
        if name is None:
            return "nothing"
        self._place.touch(name)
        return f"{name} is written again as it is"

    def _new_song(self) -> str:
        path = self._songs.pop()
        name = str(path.relative_to(self._folder))
        self._place.put(name, path.read_bytes())
        self._known_songs.append(name)
        return f"{name} arrives"

    def _change_song(self) -> str:
        name = self._random.choice(self._known_songs)
        song = json.loads(self._place.get(name))
        song["duration"] = round(self._random.uniform(60, 400), 5)
        self._place.put(name, json.dumps(song).encode())
        return f"{name} changes its duration"

    def _remove_song(self) -> str:
        name = self._random.choice(self._known_songs)
        if len(self._known_songs) < 5:
            return "nothing"
        self._place.remove(name)
        self._known_songs.remove(name)
        return f"{name} is removed"
