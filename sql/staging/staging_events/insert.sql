-- Takes the good events into staging.
-- :log_month      the month of the files, as 'YYYY-MM'
-- :change_number  the change that this is
INSERT INTO staging_events (
    artist, auth, first_name, gender, item_in_session, last_name, length, level, location, method,
    page, registration, session_id, song, status, ts, user_agent, user_id, log_month,
    change_number
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
    CAST(:log_month AS VARCHAR(7)) AS log_month,
    CAST(:change_number AS BIGINT) AS change_number
FROM copied_events
WHERE fault IS NULL
