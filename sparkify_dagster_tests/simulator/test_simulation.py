"""What a simulation writes, how much, and when it refuses to."""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sparkify_dagster.errors import SettingsError, SourceError
from sparkify_dagster.simulator import Simulation, simulate, spans
from sparkify_dagster_tests.simulator.conftest import Source, read_source

SMALL = Simulation(months=1, events_per_month=500, users=20, songs=50)


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.json")
    }


def test_the_same_values_give_the_same_files(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert simulate(SMALL, first) == simulate(SMALL, second)
    assert _digests(first) == _digests(second)


def test_another_seed_gives_other_files(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    simulate(SMALL, first)
    simulate(Simulation(**(vars(SMALL) | {"seed": 1})), second)
    assert not set(_digests(first).values()) & set(_digests(second).values())


def test_what_is_returned_is_what_was_written(odd: Source) -> None:
    files = list(odd.folder.rglob("*.json"))
    assert odd.written.files == len(files)
    assert odd.written.bytes == sum(path.stat().st_size for path in files)
    assert odd.written.events == len(odd.all_events)
    plays = [event for event in odd.all_events if event["page"] == "NextSong"]
    assert odd.written.next_songs == len(plays)
    assert odd.written.songs == len(odd.songs) == 1_000


@pytest.mark.parametrize("events", [3_000, 40_000])
def test_a_month_has_its_events_within_two_percent(tmp_path: Path, events: int) -> None:
    simulation = Simulation(first_month="2019-12", months=3, events_per_month=events, songs=10)
    simulate(simulation, tmp_path)
    for month in ("2019/12", "2020/01", "2020/02"):
        files = (tmp_path / "log_data" / month).glob("*.json")
        lines = sum(len(path.read_bytes().splitlines()) for path in files)
        assert lines == pytest.approx(events, rel=0.02)


def test_a_month_has_a_file_for_each_of_its_days(odd: Source) -> None:
    names = {path.name for path in (odd.folder / "log_data" / "2018" / "12").iterdir()}
    assert names == {f"2018-12-{day:02}-events.json" for day in range(1, 32)}


def test_songs_lie_in_folders_by_the_second_to_fourth_letters_of_the_track(odd: Source) -> None:
    for path in odd.folder.glob("song_data/**/*.json"):
        track = path.stem
        assert len(track) == 18
        assert track.startswith("TR")
        assert path.parent == odd.folder / "song_data" / track[2] / track[3] / track[4]


def test_there_may_be_no_songs_and_a_single_user(tmp_path: Path) -> None:
    written = simulate(Simulation(months=1, events_per_month=100, users=1, songs=0), tmp_path)
    source = read_source(tmp_path, written)
    assert not source.songs
    assert {event["userId"] for event in source.all_events} == {"1", ""}


def test_a_month_too_large_for_memory_is_made_a_few_days_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans, "EVENTS_AT_ONCE", 800)
    simulation = Simulation(months=2, events_per_month=5_000, songs=10)
    assert len(list(spans.spans(simulation))) == 16
    source = read_source(tmp_path, simulate(simulation, tmp_path))
    assert not source.rejected
    assert len(source.all_events) == pytest.approx(10_000, rel=0.02)
    by_session: dict[int, list[int]] = {}
    for event in source.all_events:
        by_session.setdefault(event["sessionId"], []).append(event["itemInSession"])
    assert all(sorted(set(items)) == list(range(max(items) + 1)) for items in by_session.values())


def test_progress_counts_up_to_the_events_that_were_written(tmp_path: Path) -> None:
    result: list[tuple[int, int]] = []
    written = simulate(SMALL, tmp_path, lambda done, total: result.append((done, total)))
    assert [done for done, _ in result] == sorted({done for done, _ in result})
    assert result[-1] == (written.events, 500)


@pytest.mark.parametrize("name", ["log_data", "song_data"])
def test_a_folder_that_holds_a_source_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(SourceError, match=f"already holds {name}"):
        simulate(SMALL, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SourceError, match="cannot write a simulated source to"):
        simulate(SMALL, file / "source")


def test_an_interrupted_simulation_leaves_nothing_that_looks_like_a_source(
    tmp_path: Path,
) -> None:
    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(SMALL, tmp_path, interrupt)
    assert not list(tmp_path.iterdir())


def test_what_a_killed_simulation_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / ".simulating" / "song_data" / "A").mkdir(parents=True)
    simulate(SMALL, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"log_data", "song_data"}


@pytest.mark.parametrize(
    "values",
    [
        {"first_month": "2018-13"},
        {"first_month": "November"},
        {"months": 0},
        {"events_per_month": 0},
        {"users": 0},
        {"songs": -1},
        {"seed": -1},
    ],
)
def test_values_that_mean_nothing_are_named(values: dict[str, Any]) -> None:
    (name,) = values
    with pytest.raises(SettingsError, match=name.replace("_", " ")):
        Simulation(**values)


def test_importing_the_simulator_does_not_load_numpy() -> None:
    code = "import sys, sparkify_dagster.simulator; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
