-- Sessions by the day on which they began, and by their length.
-- day: Day of the first event, UTC.
-- length: From the first to the last event; what was heard after it is not in the log.
-- sessions: Sessions of known users.
-- seconds: Length of these sessions together, in seconds.
-- plays_per_session: Songs played / sessions.
-- seconds_per_session: Mean time from the first to the last event of a session.
WITH log_ends AS (
    SELECT TO_CHAR(DATEADD(month, -23, MAX(day)), 'YYYY-MM') AS first_month
    FROM daily_users
),

lengths AS (
    SELECT
        CAST(sessions.started_at AS DATE) AS day,
        CASE
            WHEN sessions.seconds < 60 THEN 'under 1 min'
            WHEN sessions.seconds < 600 THEN '1–10 min'
            WHEN sessions.seconds < 1800 THEN '10–30 min'
            WHEN sessions.seconds < 3600 THEN '30–60 min'
            WHEN sessions.seconds < 7200 THEN '1–2 h'
            WHEN sessions.seconds < 14400 THEN '2–4 h'
            ELSE 'over 4 h'
        END AS length,
        sessions.seconds,
        sessions.plays
    FROM sessions
    CROSS JOIN log_ends
    WHERE sessions.log_month >= log_ends.first_month
)

SELECT day, length, COUNT(*) AS sessions, SUM(seconds) AS seconds, SUM(plays) AS plays
FROM lengths
GROUP BY day, length
ORDER BY day, length
