-- Plays by day, device and browser.
-- day: Day on which the session began, UTC.
-- plays: Songs played in sessions of known users.
WITH log_ends AS (
    SELECT TO_CHAR(DATEADD(month, -23, MAX(day)), 'YYYY-MM') AS first_month
    FROM daily_users
),

visits AS (
    SELECT
        CAST(sessions.started_at AS DATE) AS day,
        sessions.device,
        sessions.browser,
        sessions.plays,
        sessions.paid_plays
    FROM sessions
    CROSS JOIN log_ends
    WHERE sessions.log_month >= log_ends.first_month
        AND sessions.plays > 0
)

SELECT day, device, browser, SUM(plays) AS plays, SUM(paid_plays) AS paid_plays
FROM visits
GROUP BY day, device, browser
ORDER BY day, device, browser
