-- Names that were played and are probably another spelling of a name in the catalogue. All months and levels.
SELECT artist, catalogue_artist, difference, plays, listeners, linkable_plays, catalogue_songs
FROM artist_spellings
ORDER BY plays DESC, artist
LIMIT 100
