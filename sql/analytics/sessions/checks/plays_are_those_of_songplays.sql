-- The plays of a month's sessions are those of its days, which are checked against songplays.
WITH played AS (
    SELECT TO_CHAR(day, 'YYYY-MM') AS log_month, SUM(plays) AS plays
    FROM session_days
    GROUP BY TO_CHAR(day, 'YYYY-MM')
),

visited AS (
    SELECT log_month, SUM(plays) AS plays
    FROM sessions
    GROUP BY log_month
)

SELECT
    COALESCE(played.log_month, visited.log_month) AS log_month,
    played.plays                                  AS plays_of_days,
    visited.plays                                 AS plays_of_sessions
FROM played
FULL JOIN visited ON visited.log_month = played.log_month
WHERE COALESCE(played.plays, 0) <> COALESCE(visited.plays, 0)
