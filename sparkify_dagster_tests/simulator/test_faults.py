"""What is spoilt is known exactly."""

from collections import Counter
from pathlib import Path

import pytest

from sparkify_dagster.simulator import Simulation, simulate, spoil
from sparkify_dagster_tests.simulator.reader import read_log

SIMULATION = Simulation(months=2, events_per_month=600, users=10, songs=0)


def _count(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Return rejected and good records by month."""
    rejected: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for path in folder.glob("log_data/*/*/*.json"):
        month = "-".join(path.parts[-3:-1])
        reading = read_log(path.read_bytes(), month)
        rejected[month] += len(reading.rejected)
        good[month] += len(reading.events)
    return rejected, good


@pytest.mark.parametrize("seed", range(5))
def test_the_number_of_rejects_and_of_good_records_is_told_exactly(
    tmp_path: Path, seed: int
) -> None:
    simulate(SIMULATION, tmp_path)
    _, before = _count(tmp_path)
    spoiled = spoil(tmp_path, seed, every=1 + seed)
    rejected, after = _count(tmp_path)
    assert rejected == spoiled.rejected
    assert after - before == spoiled.added
    assert set(rejected) == {"2018-11", "2018-12"}


def test_only_every_so_many_th_file_is_spoilt_and_no_month_beyond_the_usual_limit(
    tmp_path: Path,
) -> None:
    simulate(SIMULATION, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.json")}
    spoiled = spoil(tmp_path, seed=0)
    changed = [path for path, content in before.items() if path.read_bytes() != content]
    assert sorted(changed) == sorted(before)[::20]
    assert max(spoiled.rejected.values()) <= 100


def test_the_same_seed_spoils_alike(tmp_path: Path) -> None:
    contents = []
    for name in ("first", "second"):
        simulate(SIMULATION, tmp_path / name)
        spoil(tmp_path / name, seed=3)
        files = sorted((tmp_path / name).rglob("*.json"))
        contents.append([path.read_bytes() for path in files])
    assert contents[0] == contents[1]


def test_what_was_there_is_still_there_and_what_is_added_plays_nothing(tmp_path: Path) -> None:
    simulate(SIMULATION, tmp_path)
    path = min(tmp_path.glob("log_data/2018/11/*.json"))
    before = read_log(path.read_bytes(), "2018-11").events
    spoil(tmp_path, seed=0)
    after = read_log(path.read_bytes(), "2018-11").events
    added = [event for event in after if event not in before]
    assert [event for event in after if event in before] == before
    assert not [event for event in added if event.get("userId") or event["page"] != "Home"]
    sessions = [int(event["sessionId"]) for event in added]
    assert len(set(sessions)) == len(sessions)
