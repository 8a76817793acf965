-- No song is recommended to a user who has played it.
WITH played AS (
    SELECT user_id, song_id
    FROM listens
    WHERE song_id IS NOT NULL
    GROUP BY user_id, song_id
)

SELECT recommendations.user_id, recommendations.rank, recommendations.song_id
FROM recommendations
INNER JOIN played
    ON played.user_id = recommendations.user_id
    AND played.song_id = recommendations.song_id
