-- No song of this title and artist name is in the catalogue.
SELECT DISTINCT songs_to_acquire.rank, songs_to_acquire.artist, songs_to_acquire.title
FROM songs_to_acquire
INNER JOIN songs
    ON songs.artist_name = songs_to_acquire.artist
    AND songs.title = songs_to_acquire.title
