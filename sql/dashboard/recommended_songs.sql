-- The songs that are recommended to most users. All months and levels.
-- title: Title of the recommended song.
-- artist: Artist of the recommended song.
-- users: Users to whom the song is recommended.
-- by_similarity: Users to whom it is recommended because they play similar songs; the others get it because it is popular.
SELECT
    songs.title,
    songs.artist_name AS artist,
    COUNT(*) AS users,
    SUM(CASE WHEN recommendations.reason = 'similar' THEN 1 ELSE 0 END) AS by_similarity
FROM recommendations
INNER JOIN songs ON songs.song_id = recommendations.song_id
GROUP BY songs.song_id, songs.title, songs.artist_name
ORDER BY users DESC, songs.song_id
LIMIT 40
