-- chart: bars "Favourites of most users"
SELECT songs.title, songs.artist_name, COUNT(*) AS users
FROM favourite_songs
INNER JOIN songs ON songs.song_id = favourite_songs.song_id
GROUP BY songs.song_id, songs.title, songs.artist_name
ORDER BY users DESC, songs.song_id
LIMIT 9
