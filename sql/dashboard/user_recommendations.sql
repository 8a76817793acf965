-- What is recommended to each of the 200 users with the most plays. All months and levels.
-- title: Title of the recommended song.
-- artist: Artist of the recommended song.
-- because: Song of theirs that it is most similar to; empty if it is recommended because it is popular.
-- all_plays: Songs that the user played, in all months.
WITH players AS (
    SELECT user_id, SUM(plays) AS all_plays
    FROM user_days
    GROUP BY user_id
),

listed AS (
    SELECT players.user_id, players.all_plays, users.level
    FROM players
    INNER JOIN users ON users.user_id = players.user_id
    ORDER BY players.all_plays DESC, players.user_id
    LIMIT 200
)

SELECT
    listed.user_id,
    listed.level,
    listed.all_plays,
    recommendations.rank,
    songs.title,
    songs.artist_name AS artist,
    recommendations.reason,
    because_songs.title AS because
FROM listed
INNER JOIN recommendations ON recommendations.user_id = listed.user_id
INNER JOIN songs ON songs.song_id = recommendations.song_id
LEFT JOIN songs AS because_songs ON because_songs.song_id = recommendations.because_song_id
ORDER BY listed.all_plays DESC, listed.user_id, recommendations.rank
