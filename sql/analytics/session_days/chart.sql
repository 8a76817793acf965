-- chart: lines "Sessions a day"
SELECT day, COUNT(*) AS sessions
FROM session_days
GROUP BY day
ORDER BY day
