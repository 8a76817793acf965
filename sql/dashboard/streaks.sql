-- Streaks by their last day and length.
-- streaks: Streaks of active days that ended on the day: runs of days on each of which the user was active.
WITH log_ends AS (
    SELECT MAX(day) AS last_day
    FROM daily_users
)

SELECT user_streaks.last_day AS day, user_streaks.days, COUNT(*) AS streaks
FROM user_streaks
CROSS JOIN log_ends
WHERE user_streaks.last_day >= DATEADD(month, -23, DATE_TRUNC('month', log_ends.last_day))
GROUP BY user_streaks.last_day, user_streaks.days
ORDER BY user_streaks.last_day, user_streaks.days
