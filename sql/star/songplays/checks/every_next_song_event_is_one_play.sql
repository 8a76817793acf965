-- Every NextSong event is one play: none is lost, and none is there twice.
WITH next_songs AS (
    SELECT DISTINCT
        ts / 86400000 AS day_number, ts, CAST(user_id AS BIGINT) AS user_id, session_id,
        item_in_session
    FROM staging_events
    WHERE RTRIM(page, ' ') = 'NextSong'
),

expected AS (
    SELECT
        CAST(
            DATEADD(day, CAST(day_number AS INTEGER), CAST('1970-01-01' AS TIMESTAMP)) AS DATE
        )        AS day,
        COUNT(*) AS plays
    FROM next_songs
    GROUP BY day_number
),

found AS (
    SELECT CAST(start_time AS DATE) AS day, COUNT(*) AS plays
    FROM songplays
    GROUP BY CAST(start_time AS DATE)
)

SELECT
    TO_CHAR(COALESCE(expected.day, found.day), 'YYYY-MM') AS log_month,
    COALESCE(expected.day, found.day)                     AS day,
    expected.plays                                        AS next_song_events,
    found.plays                                           AS songplays
FROM expected
FULL JOIN found ON found.day = expected.day
WHERE expected.plays IS NULL
    OR found.plays IS NULL
    OR expected.plays <> found.plays
