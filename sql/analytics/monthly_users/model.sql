-- kind: full
--
-- Users gained, kept and lost, conversions and churn, by month.

WITH active_months AS (
    SELECT
        user_id,
        TO_CHAR(day, 'YYYY-MM')    AS log_month,
        CAST(EXTRACT(year FROM MIN(day)) AS INTEGER) * 12
        + CAST(EXTRACT(month FROM MIN(day)) AS INTEGER) AS month_number,
        MAX(opened_upgrade)        AS opened_upgrade,
        MAX(opened_downgrade)      AS opened_downgrade,
        MAX(opened_cancel)         AS opened_cancel,
        MAX(cancelled)             AS cancelled
    FROM user_days
    GROUP BY user_id, TO_CHAR(day, 'YYYY-MM')
),

neighbours AS (
    SELECT
        *,
        LAG(month_number) OVER (PARTITION BY user_id ORDER BY month_number)  AS previous_month,
        LEAD(month_number) OVER (PARTITION BY user_id ORDER BY month_number) AS next_month
    FROM active_months
),

months AS (
    SELECT
        log_month,
        month_number,
        COUNT(*)                                                            AS active_users,
        SUM(CASE WHEN previous_month IS NULL THEN 1 ELSE 0 END)             AS new_users,
        SUM(CASE WHEN previous_month = month_number - 1 THEN 1 ELSE 0 END)  AS retained_users,
        SUM(CASE WHEN previous_month < month_number - 1 THEN 1 ELSE 0 END)  AS resurrected_users,
        SUM(CASE WHEN next_month = month_number + 1 THEN 0 ELSE 1 END)      AS not_seen_next_month,
        SUM(opened_upgrade)                                                 AS opened_upgrade,
        SUM(opened_downgrade)                                               AS opened_downgrade,
        SUM(opened_cancel)                                                  AS opened_cancel,
        SUM(cancelled)                                                      AS cancelled
    FROM neighbours
    GROUP BY log_month, month_number
),

last_levels AS (
    SELECT TO_CHAR(day, 'YYYY-MM') AS log_month, level
    FROM user_levels AS levels  -- Redshift requires an alias before QUALIFY
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY user_id, TO_CHAR(day, 'YYYY-MM') ORDER BY day DESC, event_number DESC
    ) = 1
),

paying AS (
    SELECT log_month, COUNT(*) AS paid_users
    FROM last_levels
    WHERE level = 'paid'
    GROUP BY log_month
),

changes AS (
    SELECT
        TO_CHAR(changed_at, 'YYYY-MM')                                                 AS log_month,
        SUM(CASE WHEN from_level = 'free' AND to_level = 'paid' THEN 1 ELSE 0 END) AS conversions,
        SUM(CASE WHEN from_level = 'paid' AND to_level = 'free' THEN 1 ELSE 0 END) AS downgrades
    FROM level_changes
    GROUP BY TO_CHAR(changed_at, 'YYYY-MM')
)

SELECT
    months.log_month,
    months.active_users,
    months.new_users,
    months.retained_users,
    months.resurrected_users,
    COALESCE(before.not_seen_next_month, 0) AS lost_users,
    COALESCE(paying.paid_users, 0)          AS paid_users,
    COALESCE(changes.conversions, 0)        AS conversions,
    COALESCE(changes.downgrades, 0)         AS downgrades,
    months.opened_upgrade,
    months.opened_downgrade,
    months.opened_cancel,
    months.cancelled
FROM months
LEFT JOIN months AS before ON before.month_number = months.month_number - 1
LEFT JOIN paying ON paying.log_month = months.log_month
LEFT JOIN changes ON changes.log_month = months.log_month;
