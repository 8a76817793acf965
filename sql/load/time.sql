-- Replaces one log month of time. The moments of a month lie in it, so no other month is touched.
-- :log_month                   the month, as 'YYYY-MM'
-- :first_moment, :end_moment   its first moment and that of the next month

DELETE FROM time
WHERE start_time >= :first_moment AND start_time < :end_moment;

INSERT INTO time (start_time, hour, day, week, month, year, weekday)
WITH play_times AS (
    SELECT DISTINCT
        -- DATEADD counts in four bytes: days and milliseconds apart fit, together they do not.
        DATEADD(
            ms, CAST(ts % 86400000 AS INTEGER),
            DATEADD(day, CAST(ts / 86400000 AS INTEGER), CAST('1970-01-01' AS TIMESTAMP))
        ) AS start_time
    FROM staging_events
    WHERE log_month = :log_month
        AND RTRIM(page, ' ') = 'NextSong'
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
