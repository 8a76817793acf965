-- Users by the week of their first event, and how many of them were active in later weeks.
-- share: retained_users / cohort_users, 0 to 1.
WITH log_ends AS (
    SELECT MAX(day) AS last_day
    FROM daily_users
)

SELECT
    weekly_retention_by_level.cohort_week,
    weekly_retention_by_level.level,
    weekly_retention_by_level.weeks_later,
    weekly_retention_by_level.cohort_users,
    weekly_retention_by_level.retained_users
FROM weekly_retention_by_level
CROSS JOIN log_ends
WHERE weekly_retention_by_level.cohort_week
    >= DATEADD(day, -6, DATEADD(month, -23, DATE_TRUNC('month', log_ends.last_day)))
ORDER BY
    weekly_retention_by_level.cohort_week,
    weekly_retention_by_level.level,
    weekly_retention_by_level.weeks_later
