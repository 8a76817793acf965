-- Every event lies in the month of the folder that it came from.
SELECT
    log_month,
    ts,
    user_id,
    session_id,
    item_in_session
FROM staging_events
WHERE log_month <> TO_CHAR(
    DATEADD(day, CAST(ts / 86400000 AS INTEGER), CAST('1970-01-01' AS TIMESTAMP)), 'YYYY-MM'
)
