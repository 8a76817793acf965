-- kind: by day (day)
--
-- Who played which song how often on a day, as the app wrote title and artist.

SELECT
    CAST(start_time AS DATE) AS day,
    user_id,
    artist_name              AS artist,
    title,
    song_id,
    COUNT(*)                 AS plays
FROM songplays
GROUP BY CAST(start_time AS DATE), user_id, artist_name, title, song_id;
