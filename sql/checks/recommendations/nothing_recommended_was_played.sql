-- No song is recommended to a user who has played it.
SELECT recommendations.user_id, recommendations.rank, recommendations.song_id
FROM recommendations
INNER JOIN songplays
    ON songplays.user_id = recommendations.user_id
    AND songplays.song_id = recommendations.song_id
