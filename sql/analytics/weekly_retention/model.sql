-- kind: full
--
-- Users by the week of their first event, and the weeks they come again.
-- Weeks begin on Monday, UTC.

WITH user_weeks AS (
    SELECT DISTINCT
        user_id,
        CAST(DATE_TRUNC('week', day) AS DATE) AS week
    FROM user_days
),

first_weeks AS (
    SELECT user_id, MIN(week) AS cohort_week
    FROM user_weeks
    GROUP BY user_id
),

cohorts AS (
    SELECT cohort_week, COUNT(*) AS cohort_users
    FROM first_weeks
    GROUP BY cohort_week
),

returns AS (
    SELECT
        first_weeks.cohort_week,
        user_weeks.week,
        COUNT(*) AS retained_users
    FROM user_weeks
    INNER JOIN first_weeks ON first_weeks.user_id = user_weeks.user_id
    GROUP BY first_weeks.cohort_week, user_weeks.week
)

SELECT
    returns.cohort_week,
    (returns.week - returns.cohort_week) / 7 AS weeks_later,
    cohorts.cohort_users,
    returns.retained_users,
    CAST(returns.retained_users AS DOUBLE PRECISION) / cohorts.cohort_users AS retention
FROM returns
INNER JOIN cohorts ON cohorts.cohort_week = returns.cohort_week;
