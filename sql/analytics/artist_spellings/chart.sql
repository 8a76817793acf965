-- chart: bars "Probable spellings of names in the catalogue, by plays"
SELECT artist, catalogue_artist, plays
FROM artist_spellings
ORDER BY plays DESC, artist
LIMIT 9
