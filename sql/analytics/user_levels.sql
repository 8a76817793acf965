-- Replaces one log month of user_levels: where a user's level begins or changes.
-- :log_month  the month, as 'YYYY-MM'

DELETE FROM user_levels
WHERE log_month = :log_month;

INSERT INTO user_levels (user_id, log_month, event_number, ts, level)
WITH events AS (
    SELECT
        CAST(user_id AS BIGINT) AS user_id,
        ts,
        session_id,
        item_in_session,
        RTRIM(level, ' ')       AS level
    FROM staging_events
    WHERE log_month = :log_month
        AND user_id IS NOT NULL
        AND level IS NOT NULL
),

steps AS (
    SELECT
        user_id,
        ts,
        level,
        ROW_NUMBER() OVER (
            PARTITION BY user_id ORDER BY ts, session_id, item_in_session, level
        ) AS event_number,
        LAG(level) OVER (
            PARTITION BY user_id ORDER BY ts, session_id, item_in_session, level
        ) AS previous_level
    FROM events
)

SELECT
    user_id,
    :log_month AS log_month,
    event_number,
    ts,
    level
FROM steps
WHERE previous_level IS NULL
    OR previous_level <> level;
