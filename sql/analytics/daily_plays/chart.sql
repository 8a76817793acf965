-- chart: lines "Plays a day"
SELECT
    day,
    SUM(CASE WHEN level = 'paid' THEN plays ELSE 0 END) AS paid,
    SUM(CASE WHEN level = 'paid' THEN 0 ELSE plays END) AS free
FROM daily_plays
GROUP BY day
ORDER BY day
