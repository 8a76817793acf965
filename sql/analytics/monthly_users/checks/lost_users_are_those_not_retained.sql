-- The users of a month are retained or lost in the next.
SELECT later.log_month, earlier.active_users, later.retained_users, later.lost_users
FROM monthly_users AS later
INNER JOIN monthly_users AS earlier
    ON earlier.log_month = TO_CHAR(
        DATEADD(month, -1, CAST(later.log_month || '-01' AS TIMESTAMP)), 'YYYY-MM'
    )
WHERE earlier.active_users <> later.retained_users + later.lost_users
