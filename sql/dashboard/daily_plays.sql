-- Plays by day and level.
WITH log_ends AS (
    SELECT MAX(day) AS last_day
    FROM daily_users
)

SELECT daily_plays.day, daily_plays.level, daily_plays.plays, daily_plays.linked_plays
FROM daily_plays
CROSS JOIN log_ends
WHERE daily_plays.day >= DATEADD(month, -23, DATE_TRUNC('month', log_ends.last_day))
ORDER BY daily_plays.day, daily_plays.level
