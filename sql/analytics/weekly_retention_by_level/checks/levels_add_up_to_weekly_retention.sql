-- The levels of a cohort and week together are its row in weekly_retention.
WITH together AS (
    SELECT
        cohort_week,
        weeks_later,
        SUM(retained_users) AS retained_users
    FROM weekly_retention_by_level
    GROUP BY cohort_week, weeks_later
)

SELECT
    weekly_retention.cohort_week,
    weekly_retention.weeks_later,
    weekly_retention.retained_users,
    together.retained_users AS retained_users_by_level
FROM weekly_retention
LEFT JOIN together
    ON together.cohort_week = weekly_retention.cohort_week
    AND together.weeks_later = weekly_retention.weeks_later
WHERE COALESCE(together.retained_users, 0) <> weekly_retention.retained_users
