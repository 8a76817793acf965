-- chart: stacks "Changes of level by month"
SELECT
    TO_CHAR(changed_at, 'YYYY-MM')                        AS month,
    SUM(CASE WHEN to_level = 'paid' THEN 1 ELSE 0 END)    AS to_paid,
    SUM(CASE WHEN to_level = 'free' THEN 1 ELSE 0 END)    AS to_free
FROM level_changes
GROUP BY TO_CHAR(changed_at, 'YYYY-MM')
ORDER BY month
