-- Replaces one log month of listens: who played which song how often.
-- :log_month                   the month, as 'YYYY-MM'
-- :first_moment, :end_moment   its first moment and that of the next month

DELETE FROM listens
WHERE log_month = :log_month;

INSERT INTO listens (log_month, user_id, artist, title, song_id, plays)
WITH linked AS (
    SELECT user_id, song_id, COUNT(*) AS plays
    FROM songplays
    WHERE start_time >= :first_moment AND start_time < :end_moment
        AND song_id IS NOT NULL
    GROUP BY user_id, song_id
),

events AS (  -- the star does not keep what is written of a play; copies of an event count once
    SELECT
        CAST(user_id AS BIGINT) AS user_id,
        MIN(RTRIM(artist, ' ')) AS artist,
        MIN(RTRIM(song, ' '))   AS title
    FROM staging_events
    WHERE log_month = :log_month
        AND RTRIM(page, ' ') = 'NextSong'
    GROUP BY ts, CAST(user_id AS BIGINT), session_id, item_in_session
),

catalogue AS (
    SELECT DISTINCT artist_name, title
    FROM songs
)

SELECT
    CAST(:log_month AS VARCHAR(7)) AS log_month,
    linked.user_id,
    songs.artist_name              AS artist,
    songs.title,
    linked.song_id,
    linked.plays
FROM linked
INNER JOIN songs ON songs.song_id = linked.song_id
UNION ALL
SELECT
    CAST(:log_month AS VARCHAR(7)) AS log_month,
    events.user_id,
    events.artist,
    events.title,
    CAST(NULL AS VARCHAR(64))      AS song_id,
    COUNT(*)                       AS plays
FROM events
LEFT JOIN catalogue
    ON catalogue.artist_name = events.artist
    AND catalogue.title = events.title
WHERE catalogue.title IS NULL
GROUP BY events.user_id, events.artist, events.title;
