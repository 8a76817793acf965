-- No song is like itself, and a similarity lies above 0 and is at most 1.
SELECT song_id, rank, similar_song_id, similarity
FROM similar_songs
WHERE song_id = similar_song_id
    OR similarity <= 0
    OR similarity > 1
