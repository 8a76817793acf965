-- The plays of a month are those in songplays, the linked ones too.
WITH listened AS (
    SELECT
        log_month,
        SUM(plays)                                           AS plays,
        SUM(CASE WHEN song_id IS NULL THEN 0 ELSE plays END) AS linked_plays
    FROM listens
    WHERE log_month BETWEEN :first_month AND :last_month
    GROUP BY log_month
),

played AS (
    SELECT
        TO_CHAR(start_time, 'YYYY-MM') AS log_month,
        COUNT(*)                       AS plays,
        COUNT(song_id)                 AS linked_plays
    FROM songplays
    WHERE start_time >= :first_moment AND start_time < :end_moment
    GROUP BY TO_CHAR(start_time, 'YYYY-MM')
)

SELECT
    COALESCE(played.log_month, listened.log_month) AS log_month,
    played.plays                                   AS songplays,
    listened.plays,
    played.linked_plays                            AS linked_songplays,
    listened.linked_plays
FROM played
FULL JOIN listened ON listened.log_month = played.log_month
WHERE COALESCE(played.plays, 0) <> COALESCE(listened.plays, 0)
    OR COALESCE(played.linked_plays, 0) <> COALESCE(listened.linked_plays, 0)
