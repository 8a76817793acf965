-- Users by the week and the level of their first event, and how many of them were active in later weeks.
-- cohort_week: Monday of the week of a user's first event, UTC.
-- level: Level of the user's first event that has one: a later change moves nobody to another cohort.
-- cohort_users: Users of this cohort.
-- weeks_later: Weeks between the cohort's week and this one.
-- retained_users: Users of the cohort with any event in that week.
-- share: retained_users / cohort_users, 0 to 1.
WITH log_ends AS (
    SELECT DATEADD(day, -6, DATEADD(month, -23, DATE_TRUNC('month', MAX(day)))) AS first_day
    FROM daily_users
),

first_levels AS (
    SELECT user_id, level
    FROM user_levels AS levels  -- Redshift wants an alias before QUALIFY
    QUALIFY ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY day, event_number) = 1
),

user_weeks AS (
    SELECT DISTINCT user_id, CAST(DATE_TRUNC('week', day) AS DATE) AS week
    FROM user_days
),

first_weeks AS (
    SELECT user_id, MIN(week) AS cohort_week
    FROM user_weeks
    GROUP BY user_id
),

members AS (
    SELECT
        first_weeks.user_id,
        first_weeks.cohort_week,
        COALESCE(first_levels.level, 'unknown') AS level
    FROM first_weeks
    LEFT JOIN first_levels ON first_levels.user_id = first_weeks.user_id
),

cohorts AS (
    SELECT cohort_week, level, COUNT(*) AS cohort_users
    FROM members
    GROUP BY cohort_week, level
),

returns AS (
    SELECT members.cohort_week, members.level, user_weeks.week, COUNT(*) AS retained_users
    FROM user_weeks
    INNER JOIN members ON members.user_id = user_weeks.user_id
    GROUP BY members.cohort_week, members.level, user_weeks.week
)

SELECT
    returns.cohort_week,
    returns.level,
    (returns.week - returns.cohort_week) / 7 AS weeks_later,
    cohorts.cohort_users,
    returns.retained_users
FROM returns
INNER JOIN cohorts
    ON cohorts.cohort_week = returns.cohort_week
    AND cohorts.level = returns.level
CROSS JOIN log_ends
WHERE returns.cohort_week >= log_ends.first_day
ORDER BY returns.cohort_week, returns.level, weeks_later
