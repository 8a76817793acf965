"""What the tests load, how, and what is compared."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3

from sparkify_dagster.lake.source import Source
from sparkify_dagster.loading import load as loading
from sparkify_dagster.models import catalogue
from sparkify_dagster.warehouse.base import Row, Warehouse

Event = dict[str, Any]
Content = dict[str, list[Row]]

FIRST_MS = 1_541_030_400_000  # 2018-11-01
COMPARED = tuple(catalogue.models())


def load(warehouse: Warehouse, source: Source, max_rejects: int = 100) -> None:
    """Load all that the source has and the warehouse lacks; every check has to pass."""
    assert loading.load(warehouse, source, "2018-11", max_rejects=max_rejects) == []


def content(warehouse: Warehouse, tables: Sequence[str] = COMPARED) -> Content:
    """Read tables whole, in an order that all engines share."""

    def read(tx: Any) -> Content:
        return {table: sorted(tx.query(f"SELECT * FROM {table}"), key=repr) for table in tables}

    return warehouse.transact(read)


def rejects(warehouse: Warehouse) -> list[Row]:
    """Read file, line, reason and text of what was rejected."""
    query = "SELECT file, line, reason, raw_text FROM rejected_records ORDER BY file, line, reason"
    return warehouse.transact(lambda tx: tx.query(query))


class Lake:
    """The files of a source in S3."""

    def __init__(self, location: str) -> None:
        self.s3: Any = boto3.client("s3")
        self.location = location
        self._bucket, _, self._prefix = location.removeprefix("s3://").partition("/")

    def put(self, path: str, body: str | bytes) -> None:
        self.s3.put_object(Bucket=self._bucket, Key=f"{self._prefix}/{path}", Body=body)

    def put_events(self, path: str, *events: Event) -> None:
        self.put(path, as_lines(*events))

    def put_folder(self, folder: Path) -> None:
        paths = sorted([*folder.glob("log_data/**/*.*"), *folder.glob("song_data/**/*.*")])
        with ThreadPoolExecutor(8) as pool:
            for _ in pool.map(self._put_file, paths, [folder] * len(paths)):
                pass

    def remove(self, path: str) -> None:
        self.s3.delete_object(Bucket=self._bucket, Key=f"{self._prefix}/{path}")

    def _put_file(self, path: Path, folder: Path) -> None:
        self.put(path.relative_to(folder).as_posix(), path.read_bytes())


def event(number: int, **values: Any) -> Event:
    """Give a good event of November 2018."""
    usual = {
        "ts": FIRST_MS + number * 1_000,
        "page": "NextSong",
        "sessionId": number,
        "itemInSession": 0,
        "userId": str(number % 3 + 1),
        "level": "free",
        "song": "A Song",
        "artist": "An Artist",
        "length": 200.5,
    }
    return usual | values


def song(number: int, **values: Any) -> Event:
    usual = {
        "num_songs": 1,
        "song_id": f"SO{number}",
        "title": "A Song",
        "artist_id": f"AR{number}",
        "artist_name": "An Artist",
        "duration": 200.5,
        "year": 0,
    }
    return usual | values


def as_lines(*records: Event | str) -> str:
    return "".join(r + "\n" if isinstance(r, str) else json.dumps(r) + "\n" for r in records)
