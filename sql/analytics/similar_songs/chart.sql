-- chart: bars "Pairs with most listeners in common"
SELECT songs.title, others.title AS similar_title, similar_songs.common_listeners
FROM similar_songs
INNER JOIN songs ON songs.song_id = similar_songs.song_id
INNER JOIN songs AS others ON others.song_id = similar_songs.similar_song_id
WHERE similar_songs.song_id < similar_songs.similar_song_id
ORDER BY
    similar_songs.common_listeners DESC, similar_songs.song_id, similar_songs.similar_song_id
LIMIT 9
