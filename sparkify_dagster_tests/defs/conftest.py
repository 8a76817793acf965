"""A pipeline on DuckDB whose sensors are ticked by hand, and whose requests are run at once."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from sparkify_dagster.code_location import build_definitions
from sparkify_dagster.defs import sensors
from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster.models import catalogue
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse


@dataclass
class Ticked:
    """What a tick asked for and said."""

    requests: list[dg.RunRequest]
    message: str

    @property
    def months(self) -> list[tuple[str, str]]:
        """The range of months of each request."""
        ends = ("start", "end")
        return [
            (
                r.tags[f"dagster/asset_partition_range_{ends[0]}"],
                r.tags[f"dagster/asset_partition_range_{ends[1]}"],
            )
            for r in self.requests
        ]


class Pipeline:
    """Source, warehouse, instance and definitions, and the cursors of the sensors."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance, max_rejects: int = 2) -> None:
        self.source = folder / "source"
        self.source.mkdir()
        url = f"duckdb:///{folder}/warehouse.duckdb"
        self.settings = Settings(source=str(self.source), warehouse=url, max_rejects=max_rejects)
        self.warehouse = DuckDBWarehouse(url)
        self.instance = instance
        self.definitions = build_definitions(self.settings)
        self.cursors: dict[str, str | None] = {}

    def tick(self, sensor: str) -> Ticked:
        """Evaluate a sensor as the daemon does, keeping its cursor."""
        repository = self.definitions.get_repository_def()
        definition = repository.get_sensor_def(sensor)
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursors.get(sensor),
            repository_def=repository,
            sensor_name=sensor,
            resources={
                "warehouse": self.warehouse,
                "source": FolderSource(str(self.source)),
            },
        )
        result = definition.evaluate_tick(context)
        self.cursors[sensor] = result.cursor
        return Ticked(list(result.run_requests or []), result.skip_message or "")

    def run(self, sensor: str, ticked: Ticked) -> list[bool]:
        """Carry out what a tick asked for, as the daemon does; say which runs went well.

        The analytics over all of history are left out, which no sensor looks at: half of the time.
        """
        job = {"log_files": "load_log_month", "song_files": "load_songs"}[sensor]
        return [
            self.run_job(
                job,
                {**request.tags, "dagster/run_key": request.run_key or ""},
                asset_selection=self._needed(job),
            )
            for request in ticked.requests
        ]

    def run_job(
        self,
        job: str,
        tags: dict[str, str],
        config: Any = None,
        asset_selection: Sequence[dg.AssetKey] | None = None,
    ) -> bool:
        """Run a job, or those of its assets that are selected."""
        return (
            self.definitions.resolve_job_def(job)
            .execute_in_process(
                instance=self.instance,
                tags=tags,
                run_config=config,
                raise_on_error=False,
                asset_selection=asset_selection,
            )
            .success
        )

    def _needed(self, job: str) -> list[dg.AssetKey]:
        """Return the assets of a job that sensors look at."""
        over_all = {
            model.name
            for model in catalogue.models().values()
            if model.layer == "analytics" and not model.by_month
        }
        layer = self.definitions.resolve_job_def(job).asset_layer
        return [
            key
            for key in layer.selected_asset_keys
            if key.to_user_string() not in {*over_all, "dashboard"}
        ]

    def settle(self, sensor: str = "log_files") -> Ticked:
        """Tick and run once; give what was asked for."""
        ticked = self.tick(sensor)
        self.run(sensor, ticked)
        return ticked

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Query the warehouse."""
        return self.warehouse.read(sql).rows

    def log(self, day: str, *songs: str, bad: int = 0, name: str = "events.json") -> Path:
        """Write a day's log: a play of each song, and lines that are no event."""
        lines = [json.dumps(event(day, number, song)) for number, song in enumerate(songs)]
        path = self.source / f"log_data/{day[:4]}/{day[5:7]}/{day}-{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([*lines, *["not json"] * bad]) + "\n")
        return path

    def song(self, number: int) -> Path:
        """Write the file of a song, titled `Song N`."""
        path = self.source / f"song_data/A/A/A/TRAAA{number:04}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps(
                {
                    "num_songs": 1,
                    "artist_id": "AR1",
                    "artist_latitude": None,
                    "artist_longitude": None,
                    "artist_location": "",
                    "artist_name": "Harmonia",
                    "song_id": f"SO{number}",
                    "title": f"Song {number}",
                    "duration": 100.0,
                    "year": 1974,
                }
            )
        )
        return path


def event(day: str, number: int, song: str) -> dict[str, Any]:
    """Make a play of a song; its session is the day."""
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return {
        "artist": "Harmonia",
        "auth": "Logged In",
        "firstName": "Ada",
        "gender": "F",
        "itemInSession": number,
        "lastName": "L",
        "length": 100.0,
        "level": "free",
        "location": "Rome",
        "method": "PUT",
        "page": "NextSong",
        "registration": 1.0,
        "sessionId": int(day.replace("-", "")),
        "song": song,
        "status": 200,
        "ts": int(moment.timestamp()) * 1000 + number,
        "userAgent": "x",
        "userId": "7",
    }


@dataclass
class Clock:
    """The time that sensors see."""

    now: float = 1_800_000_000

    def advance(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(sensors, "_now", lambda: int(clock.now))
    return clock


@pytest.fixture
def pipeline(tmp_path: Path, clock: Clock) -> Pipeline:  # noqa: ARG001 - stops the clock
    return Pipeline(tmp_path, dg.DagsterInstance.ephemeral())


@pytest.fixture
def lasting_pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    """A pipeline on an instance in a folder, which schedules insist on."""
    home = tmp_path / "home"
    home.mkdir()
    storage = {
        "event_log_storage": {
            "module": "sparkify_dagster.instance.private",
            "class": "FastEventStorage",
            "config": {"base_dir": f"{home}/history/runs/"},
        }
    }
    with dg.DagsterInstance.local_temp(str(home), overrides=storage) as instance:
        yield Pipeline(tmp_path, instance)
