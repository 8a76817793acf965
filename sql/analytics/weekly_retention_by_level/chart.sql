-- chart: lines "Users active again, in percent, by weeks after their first"
WITH levels AS (
    SELECT
        weeks_later,
        SUM(CASE WHEN level = 'paid' THEN retained_users ELSE 0 END) AS paid,
        SUM(CASE WHEN level = 'paid' THEN cohort_users ELSE 0 END)   AS paid_users,
        SUM(CASE WHEN level = 'free' THEN retained_users ELSE 0 END) AS free,
        SUM(CASE WHEN level = 'free' THEN cohort_users ELSE 0 END)   AS free_users
    FROM weekly_retention_by_level
    GROUP BY weeks_later
)

SELECT
    weeks_later,
    COALESCE(CAST(100 * paid AS DOUBLE PRECISION) / NULLIF(paid_users, 0), 0) AS paid,
    COALESCE(CAST(100 * free AS DOUBLE PRECISION) / NULLIF(free_users, 0), 0) AS free
FROM levels
ORDER BY weeks_later
