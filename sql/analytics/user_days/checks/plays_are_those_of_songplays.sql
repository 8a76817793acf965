-- Each user's plays of a day are those in songplays, and days with plays are active days.
WITH played AS (
    SELECT user_id, CAST(start_time AS DATE) AS day, COUNT(*) AS plays
    FROM songplays
    WHERE user_id IS NOT NULL
    GROUP BY user_id, CAST(start_time AS DATE)
)

SELECT
    COALESCE(played.user_id, user_days.user_id) AS user_id,
    COALESCE(played.day, user_days.day)         AS day,
    played.plays                                AS songplays,
    user_days.plays
FROM played
FULL JOIN user_days
    ON user_days.user_id = played.user_id
    AND user_days.day = played.day
WHERE COALESCE(played.plays, 0) <> COALESCE(user_days.plays, 0)
