-- What became of the free and the paid users of a month.
-- changed_share: Share of the month's users of this level who changed it in the month: the conversion rate for free, the downgrade rate for paid.
-- retained_share: Share of the month's users of this level with any event in the next month.
WITH log_ends AS (
    SELECT TO_CHAR(DATEADD(month, -23, MAX(day)), 'YYYY-MM') AS first_month
    FROM daily_users
)

SELECT
    monthly_levels.log_month,
    monthly_levels.level,
    monthly_levels.users,
    monthly_levels.changed_users,
    CAST(monthly_levels.changed_users AS DOUBLE PRECISION)
    / monthly_levels.users AS changed_share,
    monthly_levels.retained_users,
    CAST(monthly_levels.retained_users AS DOUBLE PRECISION)
    / monthly_levels.users AS retained_share
FROM monthly_levels
CROSS JOIN log_ends
WHERE monthly_levels.log_month >= log_ends.first_month
ORDER BY monthly_levels.log_month, monthly_levels.level
