-- Plays by day, hour and level.
-- weekday: Day of the week in the time zone chosen on the page.
WITH log_ends AS (
    SELECT MAX(day) AS last_day
    FROM daily_users
)

SELECT
    listening_hours.day, listening_hours.hour, listening_hours.level, listening_hours.plays
FROM listening_hours
CROSS JOIN log_ends
WHERE listening_hours.day >= DATEADD(month, -23, DATE_TRUNC('month', log_ends.last_day))
ORDER BY listening_hours.day, listening_hours.hour, listening_hours.level
