-- chart: stacks "Users by their levels in the month"
SELECT
    TO_CHAR(day, 'YYYY-MM')                                   AS month,
    COUNT(DISTINCT CASE WHEN level = 'paid' THEN user_id END) AS paid,
    COUNT(DISTINCT CASE WHEN level = 'free' THEN user_id END) AS free
FROM user_levels
GROUP BY TO_CHAR(day, 'YYYY-MM')
ORDER BY month
