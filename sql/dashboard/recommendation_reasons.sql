-- Recommendations by their reason. All users.
-- recommendations: Recommended songs, counted once per user.
SELECT reason, COUNT(*) AS recommendations
FROM recommendations
GROUP BY reason
ORDER BY reason
