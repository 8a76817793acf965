-- chart: lines "Users who changed their level, in percent, by month"
WITH months AS (
    SELECT
        CAST(log_month || '-01' AS DATE)                             AS month,
        SUM(CASE WHEN level = 'free' THEN changed_users ELSE 0 END)  AS converted,
        SUM(CASE WHEN level = 'free' THEN users ELSE 0 END)          AS free_users,
        SUM(CASE WHEN level = 'paid' THEN changed_users ELSE 0 END)  AS downgraded,
        SUM(CASE WHEN level = 'paid' THEN users ELSE 0 END)          AS paid_users
    FROM monthly_levels
    GROUP BY CAST(log_month || '-01' AS DATE)
)

SELECT
    month,
    COALESCE(CAST(100 * converted AS DOUBLE PRECISION) / NULLIF(free_users, 0), 0)  AS free_to_paid,
    COALESCE(CAST(100 * downgraded AS DOUBLE PRECISION) / NULLIF(paid_users, 0), 0) AS paid_to_free
FROM months
ORDER BY month
