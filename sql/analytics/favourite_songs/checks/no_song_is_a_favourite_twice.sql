-- A song is once among a user's favourites.
SELECT user_id, song_id, COUNT(*) AS copies
FROM favourite_songs
GROUP BY user_id, song_id
HAVING COUNT(*) > 1
