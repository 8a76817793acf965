-- A song is recommended to a user once.
SELECT user_id, song_id, COUNT(*) AS copies
FROM recommendations
GROUP BY user_id, song_id
HAVING COUNT(*) > 1
