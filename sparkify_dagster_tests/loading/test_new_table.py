"""A new table is a new folder: in a copy of the project, nothing else is edited."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sparkify_dagster.models import files
from sparkify_dagster_tests.analytics.by_hand import play, song, write_source
from sparkify_dagster_tests.documents import ROOT, blocks

_FILES = {
    "table.sql": """
-- What each artist was played, by day and level.
CREATE TABLE artist_days (
    day    DATE NOT NULL,
    artist VARCHAR(1024) NOT NULL,
    level  VARCHAR(1024) NOT NULL,
    plays  BIGINT NOT NULL,
    PRIMARY KEY (day, artist, level)
)
DISTKEY (artist)  -- read by artist
SORTKEY (day);

COMMENT ON TABLE artist_days IS 'Plays of each artist, by day and level';
COMMENT ON COLUMN artist_days.day IS 'Day of the plays, UTC';
COMMENT ON COLUMN artist_days.artist IS 'Artist, as the app wrote it';
COMMENT ON COLUMN artist_days.level IS 'Level of the listener';
COMMENT ON COLUMN artist_days.plays IS 'Number of plays';
""",
    "model.sql": """
-- kind: by day (day)
--
-- Plays of each artist, by day and level.

SELECT
    CAST(start_time AS DATE)   AS day,
    artist_name                AS artist,
    COALESCE(level, 'unknown') AS level,
    COUNT(*)                   AS plays
FROM songplays
WHERE artist_name IS NOT NULL
GROUP BY CAST(start_time AS DATE), artist_name, COALESCE(level, 'unknown');
""",
    "checks/nobody_is_played_too_often.sql": """
-- No artist is played more than three times a day.
SELECT day, artist, plays
FROM artist_days
WHERE plays > 3
""",
}

_DESCRIBED = """
import json
from sparkify_dagster.definitions import defs

graph = defs.resolve_asset_graph()
[node] = [graph.get(key) for key in graph.get_all_asset_keys() if key.path == ["artist_days"]]
schema = node.metadata["dagster/column_schema"]
print(json.dumps({
    "group": node.group_name,
    "description": node.description,
    "parents": sorted(key.path[0] for key in node.parent_keys),
    "checks": sorted(key.name for key in node.check_keys),
    "columns": [column.name for column in schema.columns],
    "partitioned": node.is_partitioned,
}))
"""

_COMMAND = "from sparkify_dagster.cli import main; main()"


class Copy:
    """A copy of the project, and a folder in which its commands run."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        shutil.copytree(ROOT / "sparkify_dagster", self.project / "sparkify_dagster")
        for name in ("dagster.yaml", "workspace.yaml"):
            shutil.copy(ROOT / name, self.project)
        shutil.copytree(files.sql_root(), self.project / "sql")
        self.folder = folder / "work"
        self.source = self.folder / "data/source"
        self.folder.mkdir()

    def run(self, code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code, *arguments],
            cwd=self.folder,
            env={**kept, "HOME": str(self.folder), "PYTHONPATH": str(self.project)},
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )

    def query(self, sql: str) -> list[str]:
        """Run a query; return its rows as lines of CSV."""
        answer = self.run(_COMMAND, "query", sql, "--format", "csv")
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.splitlines()[1:]


def _files_of_the_page() -> dict[str, str]:
    """Return the files of the table `city_plays`, as docs/architecture.md gives them."""
    names = ("table.sql", "model.sql", "checks/plays_are_positive.sql", "chart.sql")
    texts = [block.text for block in blocks(ROOT / "docs/architecture.md", "sql")]
    return dict(zip(names, texts, strict=True))


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Give a copy with two new tables: one to fail a check of, and the one of the page."""
    found = Copy(tmp_path)
    for table, texts in (("artist_days", _FILES), ("city_plays", _files_of_the_page())):
        for name, text in texts.items():
            path = found.project / "sql/analytics" / table / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.lstrip(), encoding="utf-8")
    return found


def test_a_folder_is_loaded_checked_and_shown_without_any_other_edit(copy: Copy) -> None:
    events = [play(f"2018-11-05 1{hour}:00", 1, "A", location="Lyon") for hour in range(2)]
    write_source(copy.source, events, [song("SA", "A")])
    loaded = copy.run(_COMMAND, "load")
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    assert copy.query("SELECT artist, location, a.plays FROM artist_days AS a, city_plays") == [
        "Ann,Lyon,2"
    ]

    described = copy.run(_DESCRIBED)
    assert described.returncode == 0, described.stderr
    assert json.loads(described.stdout) == {
        "group": "analytics",
        "description": "Plays of each artist, by day and level",
        "parents": ["songplays"],
        "checks": ["nobody_is_played_too_often", "not_null", "primary_key"],
        "columns": ["day", "artist", "level", "plays"],
        "partitioned": True,
    }

    too_many = [play(f"2018-11-06 1{hour}:00", 1, "A") for hour in range(4)]
    write_source(copy.source, [*events, *too_many], [song("SA", "A")])
    failed = copy.run(_COMMAND, "load")
    assert failed.returncode != 0
    assert "nobody_is_played_too_often" in failed.stdout + failed.stderr
    assert copy.query("SELECT artist, plays FROM artist_days") == ["Ann,2"]
