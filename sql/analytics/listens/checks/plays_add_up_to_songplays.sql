-- The plays of a day are those in songplays, the linked ones too.
WITH listened AS (
    SELECT
        day,
        SUM(plays)                                           AS plays,
        SUM(CASE WHEN song_id IS NULL THEN 0 ELSE plays END) AS linked_plays
    FROM listens
    GROUP BY day
),

played AS (
    SELECT
        CAST(start_time AS DATE) AS day,
        COUNT(*)                 AS plays,
        COUNT(song_id)           AS linked_plays
    FROM songplays
    GROUP BY CAST(start_time AS DATE)
)

SELECT
    COALESCE(played.day, listened.day) AS day,
    played.plays                       AS songplays,
    listened.plays,
    played.linked_plays                AS linked_songplays,
    listened.linked_plays
FROM played
FULL JOIN listened ON listened.day = played.day
WHERE COALESCE(played.plays, 0) <> COALESCE(listened.plays, 0)
    OR COALESCE(played.linked_plays, 0) <> COALESCE(listened.linked_plays, 0)
