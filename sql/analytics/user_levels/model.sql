-- kind: by day (day)
--
-- A user's first level of each day, and each change within it. The first is always there, so that
-- a day can be built without looking at the day before.

WITH events AS (
    SELECT
        CAST(user_id AS BIGINT)        AS user_id,
        CAST(ts / 86400000 AS INTEGER) AS day_number,
        ts,
        session_id,
        item_in_session,
        RTRIM(level, ' ')              AS level
    FROM staging_events
    WHERE user_id IS NOT NULL
        AND level IS NOT NULL
),

steps AS (
    SELECT
        user_id,
        day_number,
        ts,
        level,
        ROW_NUMBER() OVER (
            PARTITION BY user_id, day_number ORDER BY ts, session_id, item_in_session, level
        ) AS event_number,
        LAG(level) OVER (
            PARTITION BY user_id, day_number ORDER BY ts, session_id, item_in_session, level
        ) AS previous_level
    FROM events
)

SELECT
    user_id,
    CAST(DATEADD(day, day_number, CAST('1970-01-01' AS TIMESTAMP)) AS DATE) AS day,
    event_number,
    ts,
    level
FROM steps
WHERE previous_level IS NULL
    OR previous_level <> level;
