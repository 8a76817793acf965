-- kind: by day (day)
--
-- Who was there on which day. Active is who has any event, of whatever page, while logged in.

WITH events AS (
    SELECT
        CAST(user_id AS BIGINT)        AS user_id,
        CAST(ts / 86400000 AS INTEGER) AS day_number,
        RTRIM(page, ' ')               AS page
    FROM staging_events
    WHERE user_id IS NOT NULL
),

days AS (  -- copies of an event change nothing: a page was opened or not
    SELECT
        user_id,
        CAST(DATEADD(day, day_number, CAST('1970-01-01' AS TIMESTAMP)) AS DATE) AS day,
        MAX(CASE WHEN page = 'Upgrade' THEN 1 ELSE 0 END)                       AS opened_upgrade,
        MAX(CASE WHEN page = 'Downgrade' THEN 1 ELSE 0 END)                     AS opened_downgrade,
        MAX(CASE WHEN page = 'Cancel' THEN 1 ELSE 0 END)                        AS opened_cancel,
        MAX(CASE WHEN page = 'Cancellation Confirmation' THEN 1 ELSE 0 END)     AS cancelled
    FROM events
    GROUP BY user_id, day_number
),

plays AS (
    SELECT
        user_id,
        CAST(start_time AS DATE)                          AS day,
        COUNT(*)                                          AS plays,
        SUM(CASE WHEN level = 'paid' THEN 1 ELSE 0 END)   AS paid_plays
    FROM songplays
    GROUP BY user_id, CAST(start_time AS DATE)
)

SELECT
    days.user_id,
    days.day,
    COALESCE(plays.plays, 0)      AS plays,
    COALESCE(plays.paid_plays, 0) AS paid_plays,
    days.opened_upgrade,
    days.opened_downgrade,
    days.opened_cancel,
    days.cancelled
FROM days
LEFT JOIN plays
    ON plays.user_id = days.user_id
    AND plays.day = days.day;
