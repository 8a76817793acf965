-- kind: by day (day)
--
-- Visits, cut at midnight: first and last event, plays, place and browser.

WITH events AS (
    SELECT
        CAST(user_id AS BIGINT)        AS user_id,
        session_id,
        CAST(ts / 86400000 AS INTEGER) AS day_number,
        ts,
        RTRIM(location, ' ')           AS location,
        RTRIM(user_agent, ' ')         AS user_agent
    FROM staging_events
    WHERE user_id IS NOT NULL
),

visits AS (
    SELECT
        user_id,
        session_id,
        CAST(DATEADD(day, day_number, CAST('1970-01-01' AS TIMESTAMP)) AS DATE) AS day,
        MIN(ts)         AS first_ts,
        MAX(ts)         AS last_ts,
        MIN(location)   AS location,
        MIN(user_agent) AS user_agent
    FROM events
    GROUP BY user_id, session_id, day_number
),

plays AS (
    SELECT
        user_id,
        session_id,
        CAST(start_time AS DATE)                        AS day,
        COUNT(*)                                        AS plays,
        SUM(CASE WHEN level = 'paid' THEN 1 ELSE 0 END) AS paid_plays
    FROM songplays
    WHERE user_id IS NOT NULL
    GROUP BY user_id, session_id, CAST(start_time AS DATE)
)

SELECT
    visits.user_id,
    visits.session_id,
    visits.day,
    visits.first_ts,
    visits.last_ts,
    COALESCE(plays.plays, 0)      AS plays,
    COALESCE(plays.paid_plays, 0) AS paid_plays,
    visits.location,
    visits.user_agent
FROM visits
LEFT JOIN plays
    ON plays.user_id = visits.user_id
    AND plays.session_id = visits.session_id
    AND plays.day = visits.day;
