-- chart: stacks "Active users by month"
SELECT
    log_month,
    retained_users    AS retained,
    resurrected_users AS resurrected,
    new_users         AS new_ones
FROM monthly_users
ORDER BY log_month
