-- No session ends before it begins.
SELECT user_id, session_id, log_month, seconds
FROM sessions
WHERE seconds < 0
