-- Streaks by their last day and length.
-- streaks: Streaks of active days that ended on the day: runs of days on each of which the user was active.
-- days: Length of the streak in days.
WITH log_ends AS (
    SELECT DATEADD(month, -23, DATE_TRUNC('month', MAX(day))) AS first_day
    FROM daily_users
),

-- The days of a streak follow one another, and so do their numbers among the user's days. Day
-- minus number is therefore the same for all days of a streak, and differs between streaks.
numbered AS (
    SELECT
        user_id,
        day,
        day - CAST(ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY day) AS INTEGER) AS streak
    FROM user_days
),

streaks AS (
    SELECT MAX(day) AS day, COUNT(*) AS days
    FROM numbered
    GROUP BY user_id, streak
)

SELECT streaks.day, streaks.days, COUNT(*) AS streaks
FROM streaks
CROSS JOIN log_ends
WHERE streaks.day >= log_ends.first_day
GROUP BY streaks.day, streaks.days
ORDER BY streaks.day, streaks.days
