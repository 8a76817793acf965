-- Each user's plays of a day are those in songplays, and days with plays are active days.
WITH played AS (
    SELECT user_id, CAST(start_time AS DATE) AS day, COUNT(*) AS plays
    FROM songplays
    WHERE start_time >= :first_moment AND start_time < :end_moment
        AND user_id IS NOT NULL
    GROUP BY user_id, CAST(start_time AS DATE)
),

active AS (
    SELECT user_id, day, plays
    FROM user_days
    WHERE day >= CAST(:first_moment AS DATE) AND day < CAST(:end_moment AS DATE)
)

SELECT
    COALESCE(played.user_id, active.user_id) AS user_id,
    COALESCE(played.day, active.day)         AS day,
    played.plays                             AS songplays,
    active.plays                             AS plays
FROM played
FULL JOIN active
    ON active.user_id = played.user_id
    AND active.day = played.day
WHERE COALESCE(played.plays, 0) <> COALESCE(active.plays, 0)
