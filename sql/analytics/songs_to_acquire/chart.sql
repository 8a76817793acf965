-- chart: bars "Songs to acquire, by plays"
SELECT title, artist, plays
FROM songs_to_acquire
WHERE rank <= 9
ORDER BY rank
