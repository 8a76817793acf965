"""The same tables by hand on PostgreSQL: no checks, no ledger, no Dagster.

What `sparkify load` is measured against, so it is as fast as its author could make it: DuckDB
reads the JSON and writes CSV into a pipe, COPY takes it from there, tables are built in one go
and get their NOT NULLs and the indexes of their sort keys afterwards.
`python plain_postgres.py SOURCE URL`; the database should be empty.
"""

import os
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import psycopg2

from sparkify_dagster_tests.benchmark.plain import put_together

STAGING = """
CREATE TABLE staging_events (
    artist varchar, auth varchar, first_name varchar, gender varchar,
    item_in_session int NOT NULL, last_name varchar, length float8, level varchar,
    location varchar, method varchar, page varchar NOT NULL, registration float8,
    session_id int NOT NULL, song varchar, status int, ts bigint NOT NULL,
    user_agent varchar, user_id varchar, log_month varchar NOT NULL
);
CREATE TABLE staging_songs (
    num_songs int, artist_id varchar NOT NULL, artist_latitude float8, artist_longitude float8,
    artist_location varchar, artist_name varchar NOT NULL, song_id varchar NOT NULL,
    title varchar NOT NULL, duration float8, year int, file varchar NOT NULL
);
"""

EVENTS = """
SELECT * REPLACE (nullif(userId, '') AS userId),
    strftime(make_timestamp(ts * 1000), '%Y-%m') AS log_month
FROM read_json(
    '{source}/log_data/*/*/*.json', format = 'newline_delimited',
    columns = {{
        artist: 'VARCHAR', auth: 'VARCHAR', firstName: 'VARCHAR', gender: 'VARCHAR',
        itemInSession: 'INTEGER', lastName: 'VARCHAR', length: 'DOUBLE', level: 'VARCHAR',
        location: 'VARCHAR', method: 'VARCHAR', page: 'VARCHAR', registration: 'DOUBLE',
        sessionId: 'INTEGER', song: 'VARCHAR', status: 'INTEGER', ts: 'BIGINT',
        userAgent: 'VARCHAR', userId: 'VARCHAR'
    }}
)
"""
SONGS = """
SELECT * FROM read_json(
    '{bundle}', format = 'newline_delimited',
    columns = {{
        num_songs: 'INTEGER', artist_id: 'VARCHAR', artist_latitude: 'DOUBLE',
        artist_longitude: 'DOUBLE', artist_location: 'VARCHAR', artist_name: 'VARCHAR',
        song_id: 'VARCHAR', title: 'VARCHAR', duration: 'DOUBLE', year: 'INTEGER',
        file: 'VARCHAR'
    }}
)
"""

STAR = """
CREATE TABLE song_records AS
SELECT DISTINCT ON (rtrim(song_id, ' '))
    rtrim(song_id, ' ') AS song_id, rtrim(title, ' ') AS title,
    rtrim(artist_id, ' ') AS artist_id, nullif(year, 0) AS year, duration,
    rtrim(artist_name, ' ') AS artist_name, nullif(rtrim(artist_location, ' '), '') AS location,
    artist_latitude AS latitude, artist_longitude AS longitude
FROM staging_songs
ORDER BY rtrim(song_id, ' '), file;

CREATE TABLE songs AS SELECT song_id, title, artist_id, year, duration FROM song_records;
ALTER TABLE songs ALTER song_id SET NOT NULL, ALTER title SET NOT NULL,
    ALTER artist_id SET NOT NULL;
CREATE INDEX ON songs (artist_id);

CREATE TABLE artists AS
WITH names AS (
    SELECT DISTINCT ON (artist_id) artist_id, artist_name AS name
    FROM song_records GROUP BY 1, 2
    ORDER BY artist_id, count(*) DESC, octet_length(artist_name), artist_name
), places AS (
    SELECT DISTINCT ON (artist_id) artist_id, location
    FROM song_records WHERE location IS NOT NULL GROUP BY 1, 2
    ORDER BY artist_id, count(*) DESC, octet_length(location), location
), positions AS (
    SELECT DISTINCT ON (artist_id) artist_id, latitude, longitude
    FROM song_records WHERE latitude IS NOT NULL AND longitude IS NOT NULL GROUP BY 1, 2, 3
    ORDER BY artist_id, count(*) DESC, latitude, longitude
)
SELECT artist_id, name, location, latitude, longitude
FROM names LEFT JOIN places USING (artist_id) LEFT JOIN positions USING (artist_id);
ALTER TABLE artists ALTER artist_id SET NOT NULL, ALTER name SET NOT NULL;
CREATE INDEX ON artists (artist_id);

CREATE TABLE users AS
SELECT DISTINCT ON (user_id)
    user_id::bigint AS user_id, rtrim(first_name, ' ') AS first_name,
    rtrim(last_name, ' ') AS last_name, rtrim(gender, ' ') AS gender, rtrim(level, ' ') AS level
FROM staging_events JOIN (
    SELECT user_id, max(ts) AS ts FROM staging_events WHERE user_id IS NOT NULL GROUP BY 1
) AS latest USING (user_id, ts)
ORDER BY user_id, session_id DESC, item_in_session DESC;
ALTER TABLE users ALTER user_id SET NOT NULL;
CREATE INDEX ON users (level);

CREATE TABLE songplays AS
WITH events AS (
    SELECT DISTINCT ON (ts, user_id, session_id, item_in_session) *,
        md5(ts || '|' || coalesce(user_id, '') || '|' || session_id || '|' || item_in_session)
            AS songplay_id
    FROM staging_events WHERE page = 'NextSong'
), links AS (
    SELECT DISTINCT ON (songplay_id) songplay_id, song_id, artist_id
    FROM events JOIN song_records
        ON title = rtrim(song, ' ') AND artist_name = rtrim(artist, ' ')
    ORDER BY songplay_id, abs(duration - length), song_id
)
SELECT songplay_id, to_timestamp(ts / 1000.0) AT TIME ZONE 'UTC' AS start_time,
    user_id::bigint AS user_id, rtrim(level, ' ') AS level, song_id, artist_id,
    session_id, rtrim(location, ' ') AS location, rtrim(user_agent, ' ') AS user_agent
FROM events LEFT JOIN links USING (songplay_id);
ALTER TABLE songplays ALTER songplay_id SET NOT NULL, ALTER start_time SET NOT NULL,
    ALTER session_id SET NOT NULL;
CREATE INDEX ON songplays (start_time);

CREATE TABLE time AS
SELECT start_time, extract(hour FROM start_time)::int AS hour,
    extract(day FROM start_time)::int AS day, extract(week FROM start_time)::int AS week,
    extract(month FROM start_time)::int AS month, extract(year FROM start_time)::int AS year,
    extract(dow FROM start_time)::int AS weekday
FROM (SELECT DISTINCT start_time FROM songplays) AS moments;
ALTER TABLE time ALTER start_time SET NOT NULL, ALTER hour SET NOT NULL, ALTER day SET NOT NULL,
    ALTER week SET NOT NULL, ALTER month SET NOT NULL, ALTER year SET NOT NULL,
    ALTER weekday SET NOT NULL;
CREATE INDEX ON time (start_time);
"""


def stream(query: str, table: str, cursor: "psycopg2.extensions.cursor", folder: Path) -> None:
    """Let DuckDB write a query's rows into a pipe that COPY reads."""
    pipe = folder / table
    os.mkfifo(pipe)

    def write() -> None:
        with duckdb.connect() as connection:
            connection.execute("SET preserve_insertion_order = false")
            connection.execute(f"COPY ({query}) TO '{pipe}' (FORMAT csv, HEADER false)")

    writer = threading.Thread(target=write)
    writer.start()
    with pipe.open("rb") as text:
        cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT csv)", text, 1 << 18)
    writer.join()


def build(source: str, url: str) -> None:
    """Build all tables from a source in an empty database."""
    connection = psycopg2.connect(url)
    cursor = connection.cursor()
    begin = time.perf_counter()

    def done(what: str) -> None:
        connection.commit()
        print(f"{time.perf_counter() - begin:6.2f}", what, file=sys.stderr)

    with TemporaryDirectory() as name:
        folder = Path(name)
        cursor.execute("SET work_mem = '64MB'; SET jit = off; SET default_statistics_target = 20")
        cursor.execute(STAGING)
        put_together(Path(source) / "song_data", folder / "bundle")
        stream(SONGS.format(bundle=folder / "bundle"), "staging_songs", cursor, folder)
        done("songs streamed")
        stream(EVENTS.format(source=source), "staging_events", cursor, folder)
        done("events streamed")
    cursor.execute("CREATE INDEX ON staging_events (log_month)")
    cursor.execute("CREATE INDEX ON staging_songs (song_id)")
    cursor.execute("ANALYZE staging_songs, staging_events")
    done("staging indexed")
    for statement in STAR.split(";"):
        if statement.strip():
            cursor.execute(statement)
            done(" ".join(statement.split()[:4]))
    connection.close()


if __name__ == "__main__":
    build(sys.argv[1], sys.argv[2])
