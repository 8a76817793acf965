-- For each of the 40 songs that are the favourite of most users: the songs that their listeners also play. All months and levels.
-- song: Title and artist.
-- similar_title: Title of the similar song.
-- similar_artist: Artist of the similar song.
-- favourite_of: Users who have the song among their 50 favourites.
WITH popular AS (
    SELECT favourite_songs.song_id, COUNT(*) AS favourite_of
    FROM favourite_songs
    INNER JOIN (
        SELECT DISTINCT song_id
        FROM similar_songs
    ) AS with_similar ON with_similar.song_id = favourite_songs.song_id
    GROUP BY favourite_songs.song_id
    ORDER BY favourite_of DESC, favourite_songs.song_id
    LIMIT 40
)

SELECT
    popular.song_id,
    songs.title || ' · ' || songs.artist_name AS song,
    popular.favourite_of,
    similar_songs.rank,
    others.title                              AS similar_title,
    others.artist_name                        AS similar_artist,
    similar_songs.common_listeners,
    similar_songs.similarity
FROM popular
INNER JOIN similar_songs ON similar_songs.song_id = popular.song_id
INNER JOIN songs ON songs.song_id = similar_songs.song_id
INNER JOIN songs AS others ON others.song_id = similar_songs.similar_song_id
ORDER BY popular.favourite_of DESC, popular.song_id, similar_songs.rank
