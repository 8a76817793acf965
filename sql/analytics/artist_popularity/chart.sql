-- chart: bars "Most played artists, by plays"
SELECT artist, plays
FROM artist_popularity
ORDER BY plays DESC, artist
LIMIT 9
