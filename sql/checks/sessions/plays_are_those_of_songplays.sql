-- Each session's plays are those in songplays, and no play of a user is without session.
WITH played AS (
    SELECT
        user_id,
        session_id,
        TO_CHAR(start_time, 'YYYY-MM') AS log_month,
        COUNT(*)                       AS plays
    FROM songplays
    WHERE start_time >= :first_moment AND start_time < :end_moment
        AND user_id IS NOT NULL
    GROUP BY user_id, session_id, TO_CHAR(start_time, 'YYYY-MM')
),

visited AS (
    SELECT user_id, session_id, log_month, plays
    FROM sessions
    WHERE log_month BETWEEN :first_month AND :last_month
)

SELECT
    COALESCE(played.user_id, visited.user_id)       AS user_id,
    COALESCE(played.session_id, visited.session_id) AS session_id,
    COALESCE(played.log_month, visited.log_month)   AS log_month,
    played.plays                                    AS songplays,
    visited.plays
FROM played
FULL JOIN visited
    ON visited.user_id = played.user_id
    AND visited.session_id = played.session_id
    AND visited.log_month = played.log_month
WHERE COALESCE(played.plays, 0) <> COALESCE(visited.plays, 0)
