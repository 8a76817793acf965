-- chart: lines "Users active again, in percent, by weeks after their first"
SELECT
    weeks_later,
    100 * CAST(SUM(retained_users) AS DOUBLE PRECISION) / SUM(cohort_users) AS active_again
FROM weekly_retention
GROUP BY weeks_later
ORDER BY weeks_later
