-- chart: heat "Plays by weekday, from Sunday, and hour, UTC"
SELECT CAST(EXTRACT(dow FROM day) AS INTEGER) AS weekday, hour, SUM(plays) AS plays
FROM listening_hours
GROUP BY CAST(EXTRACT(dow FROM day) AS INTEGER), hour
ORDER BY weekday, hour
