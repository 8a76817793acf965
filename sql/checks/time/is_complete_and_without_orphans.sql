-- time holds the moments at which songs began, all of them and no others.
WITH play_times AS (
    SELECT DISTINCT
        DATEADD(
            ms, CAST(ts % 86400000 AS INTEGER),
            DATEADD(day, CAST(ts / 86400000 AS INTEGER), CAST('1970-01-01' AS TIMESTAMP))
        ) AS start_time
    FROM staging_events
    WHERE log_month BETWEEN :first_month AND :last_month
        AND RTRIM(page, ' ') = 'NextSong'
),

times AS (
    SELECT start_time
    FROM time
    WHERE start_time >= :first_moment AND start_time < :end_moment
)

SELECT
    COALESCE(play_times.start_time, times.start_time) AS start_time,
    CASE WHEN times.start_time IS NULL THEN 'missing' ELSE 'orphan' END AS fault
FROM play_times
FULL JOIN times ON times.start_time = play_times.start_time
WHERE play_times.start_time IS NULL
    OR times.start_time IS NULL
