-- What became of the free and the paid users of a month.
-- log_month: Month, as YYYY-MM.
-- level: Level that the users had before the month; for new users, their first in it.
-- users: Users with any event in the month, under the level that they had before it.
-- changed_users: Those of them who changed this level in the month.
-- changed_share: Share of the month's users of this level who changed it in the month: the conversion rate for free, the downgrade rate for paid.
-- retained_users: Those of them with any event in the next month; empty for the newest month.
-- retained_share: Share of the month's users of this level with any event in the next month.
WITH log_ends AS (
    SELECT TO_CHAR(DATEADD(month, -23, MAX(day)), 'YYYY-MM') AS first_month
    FROM daily_users
),

-- A change may be seen only at the first event of a month, if it was made after the last event of
-- the month before. Users therefore count under the level that they had before the month.
levels AS (
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

newest AS (
    SELECT MAX(month_number) AS month_number
    FROM active
),

counted AS (
    SELECT
        members.log_month,
        members.level,
        COUNT(*)               AS users,
        COUNT(changed.user_id) AS changed_users,
        CASE
            WHEN MAX(members.month_number) < MAX(newest.month_number)
                THEN COUNT(active.user_id)
        END                    AS retained_users
    FROM members
    CROSS JOIN newest
    LEFT JOIN changed
        ON changed.user_id = members.user_id
        AND changed.log_month = members.log_month
        AND changed.from_level = members.level
    LEFT JOIN active
        ON active.user_id = members.user_id
        AND active.month_number = members.month_number + 1
    GROUP BY members.log_month, members.level
)

SELECT
    counted.log_month,
    counted.level,
    counted.users,
    counted.changed_users,
    CAST(counted.changed_users AS DOUBLE PRECISION) / counted.users  AS changed_share,
    counted.retained_users,
    CAST(counted.retained_users AS DOUBLE PRECISION) / counted.users AS retained_share
FROM counted
CROSS JOIN log_ends
WHERE counted.log_month >= log_ends.first_month
ORDER BY counted.log_month, counted.level
