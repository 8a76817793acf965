-- A name is not in the catalogue, and the name proposed for it is.
SELECT artist_spellings.artist, artist_spellings.catalogue_artist
FROM artist_spellings
LEFT JOIN songs AS exact_songs ON exact_songs.artist_name = artist_spellings.artist
LEFT JOIN songs AS known_songs ON known_songs.artist_name = artist_spellings.catalogue_artist
WHERE exact_songs.song_id IS NOT NULL
    OR known_songs.song_id IS NULL
