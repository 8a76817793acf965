-- Linked plays are among an artist's plays, and their artist is in the catalogue.
SELECT artist, plays, linked_plays, listeners, catalogue_songs
FROM artist_popularity
WHERE linked_plays > plays
    OR listeners > plays
    OR (linked_plays > 0 AND catalogue_songs = 0)
