-- chart: bars "Streaks by their number of days"
SELECT
    CASE WHEN days < 7 THEN CAST(days AS VARCHAR) ELSE '7 or more' END AS days_in_a_row,
    COUNT(*) AS streaks
FROM user_streaks
GROUP BY CASE WHEN days < 7 THEN CAST(days AS VARCHAR) ELSE '7 or more' END
ORDER BY days_in_a_row
