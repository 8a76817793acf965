-- The cohorts together are all users that were ever active.
SELECT counted.cohort_users, known.users
FROM (
    SELECT COALESCE(SUM(cohort_users), 0) AS cohort_users
    FROM weekly_retention
    WHERE weeks_later = 0
) AS counted
CROSS JOIN (SELECT COUNT(DISTINCT user_id) AS users FROM user_days) AS known
WHERE counted.cohort_users <> known.users
