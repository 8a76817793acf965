-- The plays of a month are those in songplays.
WITH counted AS (
    SELECT log_month, SUM(plays) AS plays
    FROM listening_hours
    WHERE log_month BETWEEN :first_month AND :last_month
    GROUP BY log_month
),

played AS (
    SELECT TO_CHAR(start_time, 'YYYY-MM') AS log_month, COUNT(*) AS plays
    FROM songplays
    WHERE start_time >= :first_moment AND start_time < :end_moment
    GROUP BY TO_CHAR(start_time, 'YYYY-MM')
)

SELECT
    COALESCE(played.log_month, counted.log_month) AS log_month,
    played.plays                                  AS songplays,
    counted.plays
FROM played
FULL JOIN counted ON counted.log_month = played.log_month
WHERE COALESCE(played.plays, 0) <> COALESCE(counted.plays, 0)
