-- No song of this title and artist name is in the catalogue.
-- Without DISTINCT: over a declared key Redshift may leave it out. A song may be named twice.
SELECT songs_to_acquire.rank, songs_to_acquire.artist, songs_to_acquire.title
FROM songs_to_acquire
INNER JOIN songs
    ON songs.artist_name = songs_to_acquire.artist
    AND songs.title = songs_to_acquire.title
