-- Replaces one log month of user_days: who was there on which day.
-- :log_month                   the month, as 'YYYY-MM'
-- :first_moment, :end_moment   its first moment and that of the next month
-- Active is who has any event, of whatever page, while logged in.

DELETE FROM user_days
WHERE day >= CAST(:first_moment AS DATE) AND day < CAST(:end_moment AS DATE);

INSERT INTO user_days (
    user_id, day, plays, paid_plays, opened_upgrade, opened_downgrade, opened_cancel, cancelled
)
WITH events AS (
    SELECT
        CAST(user_id AS BIGINT)        AS user_id,
        CAST(ts / 86400000 AS INTEGER) AS day_number,
        RTRIM(page, ' ')               AS page
    FROM staging_events
    WHERE log_month = :log_month
        AND user_id IS NOT NULL
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
    WHERE start_time >= :first_moment AND start_time < :end_moment
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
