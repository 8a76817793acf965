-- kind: by day (start_time)
--
-- Every moment at which a song began, split into its parts.

WITH play_times AS (
    SELECT DISTINCT
        -- DATEADD counts in four bytes: days and milliseconds fit apart, but not together.
        DATEADD(
            ms, CAST(ts % 86400000 AS INTEGER),
            DATEADD(day, CAST(ts / 86400000 AS INTEGER), CAST('1970-01-01' AS TIMESTAMP))
        ) AS start_time
    FROM staging_events
    WHERE RTRIM(page, ' ') = 'NextSong'
)

SELECT
    start_time,
    CAST(EXTRACT(hour FROM start_time) AS INTEGER)  AS hour,
    CAST(EXTRACT(day FROM start_time) AS INTEGER)   AS day,
    CAST(EXTRACT(week FROM start_time) AS INTEGER)  AS week,
    CAST(EXTRACT(month FROM start_time) AS INTEGER) AS month,
    CAST(EXTRACT(year FROM start_time) AS INTEGER)  AS year,
    CAST(EXTRACT(dow FROM start_time) AS INTEGER)   AS weekday
FROM play_times;
