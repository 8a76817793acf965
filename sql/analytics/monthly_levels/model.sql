-- kind: full
--
-- A change may be seen only at the first event of a month, if it was made after the last event of
-- the month before. Users therefore count under the level that they had before the month.
WITH levels AS (
    SELECT
        user_id,
        TO_CHAR(day, 'YYYY-MM') AS log_month,
        CAST(EXTRACT(year FROM day) AS INTEGER) * 12
        + CAST(EXTRACT(month FROM day) AS INTEGER) AS month_number,
        day,
        event_number,
        level,
        LAG(level) OVER (PARTITION BY user_id ORDER BY day, event_number) AS previous_level
    FROM user_levels
),

members AS (
    SELECT
        user_id,
        log_month,
        month_number,
        COALESCE(previous_level, level) AS level
    FROM levels AS all_levels  -- Redshift wants an alias before QUALIFY
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY user_id, log_month ORDER BY day, event_number
    ) = 1
),

changed AS (
    SELECT DISTINCT
        user_id,
        TO_CHAR(changed_at, 'YYYY-MM') AS log_month,
        from_level
    FROM level_changes
),

active AS (
    SELECT DISTINCT
        user_id,
        CAST(EXTRACT(year FROM day) AS INTEGER) * 12
        + CAST(EXTRACT(month FROM day) AS INTEGER) AS month_number
    FROM user_days
),

log_end AS (
    SELECT MAX(month_number) AS last_month
    FROM active
)

SELECT
    members.log_month,
    members.level,
    COUNT(*)               AS users,
    COUNT(changed.user_id) AS changed_users,
    CASE
        WHEN MAX(members.month_number) < MAX(log_end.last_month) THEN COUNT(active.user_id)
    END                    AS retained_users
FROM members
CROSS JOIN log_end
LEFT JOIN changed
    ON changed.user_id = members.user_id
    AND changed.log_month = members.log_month
    AND changed.from_level = members.level
LEFT JOIN active
    ON active.user_id = members.user_id
    AND active.month_number = members.month_number + 1
GROUP BY members.log_month, members.level
