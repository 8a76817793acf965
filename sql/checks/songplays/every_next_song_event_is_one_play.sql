-- Every NextSong event is one play: none is lost, and none is there twice.
WITH next_songs AS (
    SELECT DISTINCT
        log_month, ts, CAST(user_id AS BIGINT) AS user_id, session_id, item_in_session
    FROM staging_events
    WHERE log_month BETWEEN :first_month AND :last_month
        AND RTRIM(page, ' ') = 'NextSong'
),

expected AS (
    SELECT log_month, COUNT(*) AS plays
    FROM next_songs
    GROUP BY log_month
),

found AS (
    SELECT TO_CHAR(start_time, 'YYYY-MM') AS log_month, COUNT(*) AS plays
    FROM songplays
    WHERE start_time >= :first_moment AND start_time < :end_moment
    GROUP BY TO_CHAR(start_time, 'YYYY-MM')
)

SELECT
    COALESCE(expected.log_month, found.log_month) AS log_month,
    expected.plays                                AS next_song_events,
    found.plays                                   AS songplays
FROM expected
FULL JOIN found ON found.log_month = expected.log_month
WHERE expected.plays IS NULL
    OR found.plays IS NULL
    OR expected.plays <> found.plays
