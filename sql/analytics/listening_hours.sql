-- Replaces one log month of listening_hours: plays by weekday, hour and level.
-- :log_month                   the month, as 'YYYY-MM'
-- :first_moment, :end_moment   its first moment and that of the next month

DELETE FROM listening_hours
WHERE log_month = :log_month;

INSERT INTO listening_hours (log_month, weekday, hour, level, plays, listeners)
WITH plays AS (
    SELECT
        CAST(EXTRACT(dow FROM start_time) AS INTEGER)  AS weekday,
        CAST(EXTRACT(hour FROM start_time) AS INTEGER) AS hour,
        COALESCE(level, 'unknown')                     AS level,
        user_id
    FROM songplays
    WHERE start_time >= :first_moment AND start_time < :end_moment
)

SELECT
    :log_month              AS log_month,
    weekday,
    hour,
    level,
    COUNT(*)                AS plays,
    COUNT(DISTINCT user_id) AS listeners
FROM plays
GROUP BY weekday, hour, level;
