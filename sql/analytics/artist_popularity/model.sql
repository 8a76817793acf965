-- kind: full
--
-- Artists by plays and listeners, in the catalogue or not.

WITH played AS (
    SELECT
        artist,
        SUM(plays)                                            AS plays,
        COUNT(DISTINCT user_id)                               AS listeners,
        COUNT(DISTINCT title)                                 AS songs_played,
        SUM(CASE WHEN song_id IS NULL THEN 0 ELSE plays END)  AS linked_plays
    FROM listens
    WHERE artist IS NOT NULL
    GROUP BY artist
),

catalogue AS (
    SELECT artist_name, artist_id, COUNT(*) AS songs
    FROM songs
    GROUP BY artist_name, artist_id
),

totals AS (
    SELECT artist_name, SUM(songs) AS catalogue_songs
    FROM catalogue
    GROUP BY artist_name
),

locations AS (  -- two artists may share a name: the one with more songs whose place is known
    SELECT catalogue.artist_name, artists.location
    FROM catalogue
    INNER JOIN artists ON artists.artist_id = catalogue.artist_id
    WHERE artists.location IS NOT NULL
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY catalogue.artist_name ORDER BY catalogue.songs DESC, catalogue.artist_id
    ) = 1
)

SELECT
    played.artist,
    played.plays,
    played.listeners,
    played.songs_played,
    played.linked_plays,
    COALESCE(totals.catalogue_songs, 0) AS catalogue_songs,
    locations.location
FROM played
LEFT JOIN totals ON totals.artist_name = played.artist
LEFT JOIN locations ON locations.artist_name = played.artist;
