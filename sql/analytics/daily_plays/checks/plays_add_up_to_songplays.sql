-- The plays of a day are those in songplays.
WITH counted AS (
    SELECT day, SUM(plays) AS plays
    FROM daily_plays
    GROUP BY day
),

played AS (
    SELECT CAST(start_time AS DATE) AS day, COUNT(*) AS plays
    FROM songplays
    GROUP BY CAST(start_time AS DATE)
)

SELECT
    COALESCE(played.day, counted.day) AS day,
    played.plays                      AS songplays,
    counted.plays
FROM played
FULL JOIN counted ON counted.day = played.day
WHERE COALESCE(played.plays, 0) <> COALESCE(counted.plays, 0)
