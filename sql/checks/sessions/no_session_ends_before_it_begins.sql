-- No session ends before it begins.
SELECT user_id, session_id, log_month, seconds
FROM sessions
WHERE log_month BETWEEN :first_month AND :last_month
    AND seconds < 0
