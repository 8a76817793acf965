-- Plays by day and by the place of the user. The 40 places with the most plays are named.
-- day: Day on which the session began, UTC.
-- place: Where the user was, as city and state; "other places" for all but the 40 with the most plays.
-- plays: Songs played in sessions of known users.
-- paid_plays: Those of them that were played on the paid level.
WITH log_ends AS (
    SELECT TO_CHAR(DATEADD(month, -23, MAX(day)), 'YYYY-MM') AS first_month
    FROM daily_users
),

visits AS (
    SELECT
        CAST(sessions.started_at AS DATE) AS day,
        sessions.location,
        sessions.plays,
        sessions.paid_plays
    FROM sessions
    CROSS JOIN log_ends
    WHERE sessions.log_month >= log_ends.first_month
        AND sessions.location IS NOT NULL
        AND sessions.plays > 0
),

ranked AS (
    SELECT location, ROW_NUMBER() OVER (ORDER BY SUM(plays) DESC, location) AS rank
    FROM visits
    GROUP BY location
),

named AS (
    SELECT
        visits.day,
        CASE WHEN ranked.rank <= 40 THEN visits.location ELSE 'other places' END AS place,
        visits.plays,
        visits.paid_plays
    FROM visits
    INNER JOIN ranked ON ranked.location = visits.location
)

SELECT day, place, SUM(plays) AS plays, SUM(paid_plays) AS paid_plays
FROM named
GROUP BY day, place
ORDER BY day, place
