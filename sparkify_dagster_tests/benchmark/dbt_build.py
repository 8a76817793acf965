"""The same star as a dbt project on DuckDB, with tests of keys, NOT NULL and references.

What a user may pick instead of this project: no rejected records, no ledger, no analytics.
`python dbt_build.py SOURCE DATABASE DBT`, where DBT is the command `dbt` of an environment of its
own that has dbt-core (below 1.12) and dbt-duckdb.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

_EVENTS = [
    "artist",
    "auth",
    "firstName",
    "gender",
    "lastName",
    "level",
    "location",
    "method",
    "page",
    "song",
    "userAgent",
    "userId",
]
_EVENT_TYPES = {
    **dict.fromkeys(_EVENTS, "VARCHAR"),
    **dict.fromkeys(("itemInSession", "sessionId", "status"), "INTEGER"),
    **dict.fromkeys(("length", "registration"), "DOUBLE"),
    "ts": "BIGINT",
}
_SONG_TYPES = {
    **dict.fromkeys(("artist_id", "artist_location", "artist_name", "song_id", "title"), "VARCHAR"),
    **dict.fromkeys(("num_songs", "year"), "INTEGER"),
    **dict.fromkeys(("artist_latitude", "artist_longitude", "duration"), "DOUBLE"),
}

_MODELS = {
    "songs": """
        SELECT song_id, title, artist_id, nullif(year, 0) AS year, duration, artist_name
        FROM {{ ref('staging_songs') }}
        QUALIFY row_number() OVER (PARTITION BY song_id ORDER BY title) = 1
    """,
    "artists": """
        SELECT artist_id, min(artist_name) AS name, max(artist_location) AS location,
            max(artist_latitude) AS latitude, max(artist_longitude) AS longitude
        FROM {{ ref('staging_songs') }} GROUP BY artist_id
    """,
    "songplays": """
        SELECT md5(ts || '|' || userId || '|' || sessionId || '|' || itemInSession) AS songplay_id,
            make_timestamp(ts * 1000) AS start_time, userId::BIGINT AS user_id, level,
            songs.song_id, songs.artist_id, sessionId AS session_id, events.location,
            userAgent AS user_agent
        FROM {{ ref('staging_events') }} AS events
        LEFT JOIN {{ ref('songs') }} AS songs
            ON events.song = songs.title AND events.artist = songs.artist_name
        WHERE page = 'NextSong'
        QUALIFY row_number() OVER (
            PARTITION BY ts, userId, sessionId, itemInSession
            ORDER BY abs(events.length - songs.duration) NULLS LAST, songs.song_id) = 1
    """,
    "users": """
        SELECT userId::BIGINT AS user_id, firstName AS first_name, lastName AS last_name, gender,
            level
        FROM {{ ref('staging_events') }} WHERE userId <> ''
        QUALIFY row_number() OVER (
            PARTITION BY userId ORDER BY ts DESC, sessionId DESC, itemInSession DESC) = 1
    """,
    "time": """
        SELECT DISTINCT start_time, hour(start_time) AS hour, day(start_time) AS day,
            week(start_time) AS week, month(start_time) AS month, year(start_time) AS year,
            dayofweek(start_time) AS weekday
        FROM {{ ref('songplays') }}
    """,
}
_KEYS = {
    "songplays": "songplay_id",
    "users": "user_id",
    "songs": "song_id",
    "artists": "artist_id",
    "time": "start_time",
}


def write_project(folder: Path, source: Path, database: Path) -> None:
    """Write the dbt project."""
    (folder / "models").mkdir()
    (folder / "dbt_project.yml").write_text(
        "name: sparkify\nversion: '1.0'\nprofile: sparkify\nmodel-paths: [models]\n"
        "models:\n  sparkify: {+materialized: table}\nflags: {send_anonymous_usage_stats: false}\n"
    )
    (folder / "profiles.yml").write_text(
        "sparkify:\n  target: local\n  outputs:\n"
        f"    local: {{type: duckdb, path: '{database}', threads: 2}}\n"
    )
    models = {
        "staging_events": _reading(f"{source}/log_data/*/*/*.json", _EVENT_TYPES),
        "staging_songs": _reading(f"{source}/song_data/*/*/*/*.json", _SONG_TYPES),
        **_MODELS,
    }
    for name, sql in models.items():
        (folder / "models" / f"{name}.sql").write_text(sql)
    (folder / "models" / "schema.yml").write_text(_tests())


def _reading(files: str, types: dict[str, str]) -> str:
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in types.items())
    return (
        f"SELECT * FROM read_json('{files}', format = 'newline_delimited', "
        f"columns = {{% raw %}}{{{columns}}}{{% endraw %}})"
    )


def _tests() -> str:
    lines = ["models:"]
    for table, key in _KEYS.items():
        lines += [f"  - name: {table}", "    columns:"]
        lines += [f"      - name: {key}", "        data_tests: [unique, not_null]"]
        for other in _KEYS if table == "songplays" else ():
            if other != table:
                lines += [
                    f"      - name: {_KEYS[other]}",
                    "        data_tests:",
                    f"          - relationships: {_relationship(other)}",
                ]
    return "\n".join(lines) + "\n"


def _relationship(other: str) -> str:
    return f"{{arguments: {{to: ref('{other}'), field: {_KEYS[other]}}}}}"


def main() -> None:
    """Write the project into a folder, and build and test it."""
    source, database, dbt = map(Path, sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="sparkify-dbt-") as name:
        write_project(Path(name), source, database)
        words = [str(dbt), "build", "--project-dir", name, "--profiles-dir", name]
        done = subprocess.run(words, cwd=name, check=False, capture_output=True, text=True)
    print(done.stdout)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
