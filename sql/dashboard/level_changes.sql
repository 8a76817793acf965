-- Changes of level by day, and after how many days on the level before.
-- day: Day of the first event on the new level, UTC.
-- changes: Changes of level that the log shows.
WITH log_ends AS (
    SELECT MAX(day) AS last_day
    FROM daily_users
),

changes AS (
    SELECT CAST(changed_at AS DATE) AS day, to_level, days_at_from_level
    FROM level_changes
)

SELECT changes.day, changes.to_level, changes.days_at_from_level, COUNT(*) AS changes
FROM changes
CROSS JOIN log_ends
WHERE changes.day >= DATEADD(month, -23, DATE_TRUNC('month', log_ends.last_day))
GROUP BY changes.day, changes.to_level, changes.days_at_from_level
ORDER BY changes.day, changes.to_level, changes.days_at_from_level
