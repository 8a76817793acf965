"""`sparkify load` on one source with every bad file in it loads what is good and names the rest."""

import json
import os
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sparkify_dagster.lake import limits
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import open_warehouse
from sparkify_dagster_tests.cli.command import House
from sparkify_dagster_tests.hostile.files import Payload, bomb, payloads_without_bombs
from sparkify_dagster_tests.hostile.limited_load import size_of
from sparkify_dagster_tests.lake.reading import event, song, write

if TYPE_CHECKING:
    from sparkify_dagster_tests.engines import PostgresServer

pytestmark = pytest.mark.long

FIRST_YEAR = 2018
MEMORY_LIMIT = 512  # of DuckDB, in MiB
LINE = 8 * limits.MIB  # of an endless line; test_files.py tries longer ones
MONTHS = "SELECT DISTINCT log_month FROM staging_events ORDER BY log_month"
NOT_OF_THE_LAYOUT = (
    "log_data/2018-11-01.json",
    "log_data/year=2018/month=11/a.json",
    "log_data/2018/1/a.json",
    "log_data/2018/01/b.jsonl",
    "log_data/2018/01/B.JSON",
)


@dataclass(frozen=True)
class Source:
    """The months of a source: all of them, and the bad file of each that is to fail."""

    months: list[str]
    broken: dict[str, str]


@dataclass(frozen=True)
class Limited:
    """How a load ended, and what it took of memory and temporary disk, in MiB."""

    status: int
    printed: str
    memory: int
    disk: int


def write_source(folder: Path) -> Source:
    """Write a month for each bad file, with a good event in it, and good songs."""
    files = [*payloads_without_bombs(LINE), bomb(2 * limits.GIB)]
    source = Source([], {})
    for number, payload in enumerate(files):
        year, month = FIRST_YEAR + number // 12, number % 12 + 1
        path = f"log_data/{year}/{month:02}"
        moment = datetime(year, month, 2, tzinfo=UTC).timestamp() * 1_000
        write(folder, f"{path}/good.json", _line(event(ts=int(moment), userId="7")))
        _put(folder / path / payload.name, payload)
        source.months.append(f"{year}-{month:02}")
        if payload.outcome == "broken":
            source.broken[source.months[-1]] = f"{path}/{payload.name}"
    for path in (*NOT_OF_THE_LAYOUT, "log_data/Thumbs.db", "Thumbs.db"):
        write(folder, path, _line(event()))
    write(folder, "song_data/A/good.json", _line(song()))
    return source


def _put(path: Path, payload: Payload) -> None:
    if payload.link:
        path.symlink_to(payload.link)
    else:
        path.write_bytes(payload.content)


def _line(record: object) -> bytes:
    return json.dumps(record).encode() + b"\n"


def load(house: House, **settings: str) -> Limited:
    """Run a load, and measure it."""
    (house.folder / "tmp").mkdir(exist_ok=True)
    settings |= {"FIRST_MONTH": f"{FIRST_YEAR}-01"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(house.folder / "tmp"))
        process = house.start("load", **settings)
    printed: list[str] = []
    readers = [
        threading.Thread(target=lambda s=stream: printed.append(s.read()))
        for stream in (process.stdout, process.stderr)
    ]
    for reader in readers:
        reader.start()
    disk = 0
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        time.sleep(0.02)
        disk = max(disk, size_of(house.folder / "tmp"))
    for reader in readers:
        reader.join()
    process.returncode = os.waitstatus_to_exitcode(ended[1])
    memory = ended[2].ru_maxrss // 1024
    return Limited(process.returncode, "".join(printed), memory, disk // limits.MIB)


@pytest.fixture(params=["duckdb", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Give the settings of an empty warehouse."""
    if request.param == "duckdb":
        path = f"{tmp_path}/warehouse.duckdb"
        return {"WAREHOUSE": f"duckdb:///{path}?memory_limit={MEMORY_LIMIT}MiB"}
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return {"WAREHOUSE": server.new_database()}


def test_a_source_with_every_bad_file_loads_its_good_months(
    settings: dict[str, str], tmp_path: Path
) -> None:
    """Found by a review: one bad file stopped other months, and bombs filled memory and disk."""
    house = House(tmp_path)
    source = write_source(house.source)
    ended = load(house, **settings)
    assert ended.status == 1, ended.printed
    assert "Traceback" not in ended.printed
    for path in source.broken.values():
        naming = [line for line in ended.printed.splitlines() if path in line]
        assert len(naming) == 1, (path, naming)
    for path in NOT_OF_THE_LAYOUT:
        assert path in ended.printed
    assert "`sparkify rejects` lists them" in ended.printed
    warehouse = open_warehouse(Settings(warehouse=settings["WAREHOUSE"]))
    loaded = [month for (month,) in warehouse.transact(lambda tx: tx.query(MONTHS))]
    assert loaded == [month for month in source.months if month not in source.broken]
    assert ended.memory < MEMORY_LIMIT + 1024
    assert ended.disk < limits.TEMPORARY_BYTES // limits.MIB
    assert not [*(tmp_path / "tmp").iterdir()]
