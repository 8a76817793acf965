-- Plays by the place that the catalogue gives for the artist. All months and levels.
-- place: Place of the artist, as the catalogue gives it; empty if it gives none.
-- plays: Plays of the artists of this place.
-- artists: Artists of this place that were played.
SELECT location AS place, SUM(plays) AS plays, COUNT(*) AS artists
FROM artist_popularity
GROUP BY location
ORDER BY plays DESC, location
LIMIT 26
