-- time holds the moments at which songs began, all of them and no others.
WITH play_times AS (
    SELECT DISTINCT
        DATEADD(
            ms, CAST(ts % 86400000 AS INTEGER),
            DATEADD(day, CAST(ts / 86400000 AS INTEGER), CAST('1970-01-01' AS TIMESTAMP))
        ) AS start_time
    FROM staging_events
    WHERE RTRIM(page, ' ') = 'NextSong'
)

SELECT
    COALESCE(play_times.start_time, time.start_time)                   AS start_time,
    CASE WHEN time.start_time IS NULL THEN 'missing' ELSE 'extra' END  AS fault
FROM play_times
FULL JOIN time ON time.start_time = play_times.start_time
WHERE play_times.start_time IS NULL
    OR time.start_time IS NULL
