-- Replaces one log month of daily_plays: plays by day and level.
-- :first_moment, :end_moment   the month's first moment and that of the next month

DELETE FROM daily_plays
WHERE day >= CAST(:first_moment AS DATE) AND day < CAST(:end_moment AS DATE);

INSERT INTO daily_plays (day, level, plays, linked_plays, listeners)
SELECT
    CAST(start_time AS DATE)     AS day,
    COALESCE(level, 'unknown')   AS level,
    COUNT(*)                     AS plays,
    COUNT(song_id)               AS linked_plays,
    COUNT(DISTINCT user_id)      AS listeners
FROM songplays
WHERE start_time >= :first_moment AND start_time < :end_moment
GROUP BY CAST(start_time AS DATE), COALESCE(level, 'unknown');
