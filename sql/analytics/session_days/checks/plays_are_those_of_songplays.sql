-- Each session's plays of a day are those in songplays, and no play of a user is without session.
WITH played AS (
    SELECT user_id, session_id, CAST(start_time AS DATE) AS day, COUNT(*) AS plays
    FROM songplays
    WHERE user_id IS NOT NULL
    GROUP BY user_id, session_id, CAST(start_time AS DATE)
)

SELECT
    COALESCE(played.user_id, session_days.user_id)       AS user_id,
    COALESCE(played.session_id, session_days.session_id) AS session_id,
    COALESCE(played.day, session_days.day)               AS day,
    played.plays                                         AS songplays,
    session_days.plays
FROM played
FULL JOIN session_days
    ON session_days.user_id = played.user_id
    AND session_days.session_id = played.session_id
    AND session_days.day = played.day
WHERE COALESCE(played.plays, 0) <> COALESCE(session_days.plays, 0)
