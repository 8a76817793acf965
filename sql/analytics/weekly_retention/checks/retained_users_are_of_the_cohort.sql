-- A cohort is whole in its first week, and no later week has more of it.
SELECT cohort_week, weeks_later, cohort_users, retained_users
FROM weekly_retention
WHERE weeks_later < 0
    OR retained_users > cohort_users
    OR (weeks_later = 0 AND retained_users <> cohort_users)
