"""The same tables by hand: plain DuckDB, no checks, no ledger, no Dagster.

What `sparkify load` is measured against, so it is as fast as its author could make it: strict
`read_json` over the logs, the small song files put together first, tables built in one go.
`python plain.py SOURCE DATABASE`.
"""

import sys
from pathlib import Path

import duckdb

EVENTS = """
CREATE TABLE staging_events AS
SELECT *, strftime(make_timestamp(ts * 1000), '%Y-%m') AS log_month
FROM read_json(
    '{source}/log_data/*/*/*.json', format = 'newline_delimited',
    columns = {{
        artist: 'VARCHAR', auth: 'VARCHAR', firstName: 'VARCHAR', gender: 'VARCHAR',
        itemInSession: 'INTEGER', lastName: 'VARCHAR', length: 'DOUBLE', level: 'VARCHAR',
        location: 'VARCHAR', method: 'VARCHAR', page: 'VARCHAR', registration: 'DOUBLE',
        sessionId: 'INTEGER', song: 'VARCHAR', status: 'INTEGER', ts: 'BIGINT',
        userAgent: 'VARCHAR', userId: 'VARCHAR'
    }}
);
"""

SONGS = """
CREATE TABLE staging_songs AS
SELECT * FROM read_json(
    '{bundle}', format = 'newline_delimited',
    columns = {{
        num_songs: 'INTEGER', artist_id: 'VARCHAR', artist_latitude: 'DOUBLE',
        artist_longitude: 'DOUBLE', artist_location: 'VARCHAR', artist_name: 'VARCHAR',
        song_id: 'VARCHAR', title: 'VARCHAR', duration: 'DOUBLE', year: 'INTEGER',
        file: 'VARCHAR'
    }}
);
"""

STAR = """
CREATE TABLE song_records AS
SELECT rtrim(song_id, ' ') AS song_id, rtrim(title, ' ') AS title,
    rtrim(artist_id, ' ') AS artist_id, nullif(year, 0) AS year, duration,
    rtrim(artist_name, ' ') AS artist_name, nullif(rtrim(artist_location, ' '), '') AS location,
    artist_latitude AS latitude, artist_longitude AS longitude
FROM staging_songs
QUALIFY row_number() OVER (PARTITION BY rtrim(song_id, ' ') ORDER BY file) = 1;

CREATE TABLE songs AS SELECT song_id, title, artist_id, year, duration FROM song_records;

CREATE TABLE artists AS
WITH names AS (
    SELECT artist_id, artist_name AS name FROM song_records GROUP BY 1, 2
    QUALIFY row_number() OVER (
        PARTITION BY artist_id ORDER BY count(*) DESC, strlen(artist_name), artist_name) = 1
), places AS (
    SELECT artist_id, location FROM song_records WHERE location IS NOT NULL GROUP BY 1, 2
    QUALIFY row_number() OVER (
        PARTITION BY artist_id ORDER BY count(*) DESC, strlen(location), location) = 1
), positions AS (
    SELECT artist_id, latitude, longitude FROM song_records
    WHERE latitude IS NOT NULL AND longitude IS NOT NULL GROUP BY 1, 2, 3
    QUALIFY row_number() OVER (
        PARTITION BY artist_id ORDER BY count(*) DESC, latitude, longitude) = 1
)
SELECT artist_id, name, location, latitude, longitude
FROM names LEFT JOIN places USING (artist_id) LEFT JOIN positions USING (artist_id);

CREATE TABLE users AS
SELECT last_user.* FROM (
    SELECT max_by(
        {{user_id: userId::BIGINT, first_name: rtrim(firstName, ' '),
          last_name: rtrim(lastName, ' '), gender: rtrim(gender, ' '), level: rtrim(level, ' ')}},
        (ts, sessionId, itemInSession)) AS last_user
    FROM staging_events WHERE nullif(userId, '') IS NOT NULL GROUP BY userId
);

CREATE TABLE songplays AS
WITH events AS (
    SELECT any_value(COLUMNS(* EXCLUDE (ts, userId, sessionId, itemInSession))),
        ts, nullif(userId, '') AS user_id, sessionId, itemInSession,
        md5(ts || '|' || coalesce(nullif(userId, ''), '') || '|' || sessionId || '|'
            || itemInSession) AS songplay_id
    FROM staging_events WHERE page = 'NextSong' GROUP BY ALL
), links AS (
    SELECT songplay_id, min_by((song_id, artist_id), (abs(duration - length), song_id)) AS link
    FROM events JOIN song_records
        ON title = rtrim(song, ' ') AND artist_name = rtrim(artist, ' ')
    GROUP BY songplay_id
)
SELECT songplay_id, make_timestamp(ts * 1000) AS start_time, user_id::BIGINT AS user_id,
    rtrim(level, ' ') AS level, link[1] AS song_id, link[2] AS artist_id,
    sessionId AS session_id, rtrim(location, ' ') AS location, rtrim(userAgent, ' ') AS user_agent
FROM events LEFT JOIN links USING (songplay_id);

CREATE TABLE time AS
SELECT DISTINCT start_time, hour(start_time) AS hour, day(start_time) AS day,
    week(start_time) AS week, month(start_time) AS month, year(start_time) AS year,
    dayofweek(start_time) AS weekday
FROM songplays;
"""


def put_together(songs: Path, bundle: Path) -> None:
    """Write all song files into one file, each record with the name of its file."""
    with bundle.open("wb") as out:
        for path in songs.rglob("*.json"):
            name = path.relative_to(songs).as_posix().encode()
            out.write(b'{"file":"' + name + b'",' + path.read_bytes().strip()[1:] + b"\n")


def build(source: str, database: str) -> None:
    """Build all tables from a source into a new DuckDB file."""
    import time

    bundle = Path(database).with_suffix(".songs.json")
    with duckdb.connect(database) as connection:
        connection.execute("SET preserve_insertion_order = false")
        for step in ("songs", EVENTS, SONGS, STAR):
            start = time.perf_counter()
            if step == "songs":
                put_together(Path(source) / "song_data", bundle)
            else:
                connection.execute(step.format(source=source, bundle=bundle))
            print(f"{time.perf_counter() - start:6.2f}", step.strip()[:30], file=sys.stderr)
    bundle.unlink()


if __name__ == "__main__":
    build(sys.argv[1], sys.argv[2])
