-- kind: by day (day)
--
-- Plays by day, hour and level.

SELECT
    CAST(start_time AS DATE)                       AS day,
    CAST(EXTRACT(hour FROM start_time) AS INTEGER) AS hour,
    COALESCE(level, 'unknown')                     AS level,
    COUNT(*)                                       AS plays,
    COUNT(DISTINCT user_id)                        AS listeners
FROM songplays
GROUP BY
    CAST(start_time AS DATE),
    CAST(EXTRACT(hour FROM start_time) AS INTEGER),
    COALESCE(level, 'unknown');
