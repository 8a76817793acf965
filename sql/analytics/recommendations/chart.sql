-- chart: bars "Recommendations by reason"
SELECT reason, COUNT(*) AS recommendations
FROM recommendations
GROUP BY reason
ORDER BY reason DESC
