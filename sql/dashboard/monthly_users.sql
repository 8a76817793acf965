-- Users gained, kept and lost, by month.
WITH log_ends AS (
    SELECT TO_CHAR(DATEADD(month, -23, MAX(day)), 'YYYY-MM') AS first_month
    FROM daily_users
)

SELECT
    monthly_users.log_month,
    monthly_users.active_users,
    monthly_users.new_users,
    monthly_users.retained_users,
    monthly_users.resurrected_users,
    monthly_users.lost_users,
    monthly_users.paid_users,
    monthly_users.conversions,
    monthly_users.downgrades,
    monthly_users.opened_upgrade,
    monthly_users.opened_downgrade,
    monthly_users.opened_cancel,
    monthly_users.cancelled
FROM monthly_users
CROSS JOIN log_ends
WHERE monthly_users.log_month >= log_ends.first_month
ORDER BY monthly_users.log_month
