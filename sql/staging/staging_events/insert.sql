-- Takes the good events into staging.
-- :log_month  the month of the files, as 'YYYY-MM'
INSERT INTO staging_events (
    artist, auth, first_name, gender, item_in_session, last_name, length, level, location, method,
    page, registration, session_id, song, status, ts, user_agent, user_id, log_month
)
SELECT
    artist,
    auth,
    first_name,
    gender,
    item_in_session,
    last_name,
    length,
    level,
    location,
    method,
    page,
    registration,
    session_id,
    song,
    status,
    ts,
    user_agent,
    user_id,
    CAST(:log_month AS VARCHAR(7)) AS log_month
FROM copied_events
WHERE fault IS NULL
