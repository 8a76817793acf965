-- Active users by day.
-- stickiness: Active users of the day / active users of the 30 days up to it (DAU / MAU), 0 to 1: the share of a month's users who come on a day. Not known before the log is 30 days long.
WITH log_ends AS (
    SELECT MIN(day) AS first_day, MAX(day) AS last_day
    FROM daily_users
)

SELECT
    daily_users.day,
    daily_users.active_users,
    daily_users.new_users,
    daily_users.weekly_active,
    daily_users.monthly_active,
    CASE
        WHEN daily_users.day >= log_ends.first_day + 29
            THEN CAST(daily_users.active_users AS DOUBLE PRECISION) / daily_users.monthly_active
    END AS stickiness
FROM daily_users
CROSS JOIN log_ends
WHERE daily_users.day >= DATEADD(month, -23, DATE_TRUNC('month', log_ends.last_day))
ORDER BY daily_users.day
