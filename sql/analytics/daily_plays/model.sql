-- kind: by day (day)
--
-- Plays by day and level.

SELECT
    CAST(start_time AS DATE)     AS day,
    COALESCE(level, 'unknown')   AS level,
    COUNT(*)                     AS plays,
    COUNT(song_id)               AS linked_plays,
    COUNT(DISTINCT user_id)      AS listeners
FROM songplays
GROUP BY CAST(start_time AS DATE), COALESCE(level, 'unknown');
