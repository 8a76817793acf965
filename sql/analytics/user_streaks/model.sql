-- kind: full
--
-- The days of a streak follow one another, and so do their numbers among the user's days. Day
-- minus number is therefore the same for all days of a streak, and differs between streaks.
WITH numbered AS (
    SELECT
        user_id,
        day,
        day - CAST(ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY day) AS INTEGER) AS streak
    FROM user_days
)

SELECT
    user_id,
    MIN(day) AS first_day,
    MAX(day) AS last_day,
    COUNT(*) AS days
FROM numbered
GROUP BY user_id, streak
