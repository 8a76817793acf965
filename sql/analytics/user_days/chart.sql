-- chart: stacks "User days by month"
SELECT TO_CHAR(day, 'YYYY-MM') AS month, COUNT(*) AS user_days
FROM user_days
GROUP BY TO_CHAR(day, 'YYYY-MM')
ORDER BY month
