-- Brings songs up to date with the catalogue, and marks the months whose plays it may link anew.

CREATE TEMP TABLE latest_songs AS  -- one record per song: the first file, and the first in it
SELECT
    RTRIM(song_id, ' ')     AS song_id,
    RTRIM(title, ' ')       AS title,
    RTRIM(artist_id, ' ')   AS artist_id,
    NULLIF(year, 0)         AS year,
    duration,
    RTRIM(artist_name, ' ') AS artist_name
FROM staging_songs AS records  -- Redshift wants an alias before QUALIFY
QUALIFY ROW_NUMBER() OVER (PARTITION BY RTRIM(song_id, ' ') ORDER BY file, position) = 1;

-- The titles under which a play may find another song than before.
CREATE TEMP TABLE changed_titles AS
WITH before AS (
    SELECT song_id, title, artist_id, duration, artist_name FROM songs
),

after AS (
    SELECT song_id, title, artist_id, duration, artist_name FROM latest_songs
),

appeared AS (
    SELECT * FROM after EXCEPT SELECT * FROM before
),

disappeared AS (
    SELECT * FROM before EXCEPT SELECT * FROM after
)

SELECT title, artist_name FROM appeared
UNION
SELECT title, artist_name FROM disappeared;

-- A month without a record of its build is built again by the next load.
DELETE FROM table_builds
WHERE table_name = 'songplays'
    AND log_month IN (
        SELECT staging_events.log_month
        FROM staging_events
        INNER JOIN changed_titles
            ON changed_titles.title = RTRIM(staging_events.song, ' ')
            AND changed_titles.artist_name = RTRIM(staging_events.artist, ' ')
        WHERE RTRIM(staging_events.page, ' ') = 'NextSong'
    );

-- MERGE cannot mend a key that is there twice: both rows go, and one comes anew.
DELETE FROM songs
WHERE song_id IN (SELECT song_id FROM songs GROUP BY song_id HAVING COUNT(*) > 1);

MERGE INTO songs
USING latest_songs ON songs.song_id = latest_songs.song_id
WHEN MATCHED THEN UPDATE SET
    title = latest_songs.title,
    artist_id = latest_songs.artist_id,
    year = latest_songs.year,
    duration = latest_songs.duration,
    artist_name = latest_songs.artist_name
WHEN NOT MATCHED THEN INSERT (song_id, title, artist_id, year, duration, artist_name)
VALUES (
    latest_songs.song_id,
    latest_songs.title,
    latest_songs.artist_id,
    latest_songs.year,
    latest_songs.duration,
    latest_songs.artist_name
);

-- Songs of which no record is left.
DELETE FROM songs
WHERE song_id NOT IN (SELECT song_id FROM latest_songs);

DROP TABLE changed_titles;
DROP TABLE latest_songs;
