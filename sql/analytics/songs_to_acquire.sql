-- Builds songs_to_acquire: what was played but is not in the catalogue.
-- A song is in the catalogue where title and artist name are the same to the letter, so a gap may
-- also be a song that the catalogue spells otherwise: look before you buy.

DELETE FROM songs_to_acquire;

INSERT INTO songs_to_acquire (
    artist, title, rank, plays, listeners, last_played_month, artist_in_catalogue
)
WITH gaps AS (
    SELECT
        artist,
        title,
        SUM(plays)              AS plays,
        COUNT(DISTINCT user_id) AS listeners,
        MAX(log_month)          AS last_played_month
    FROM listens
    WHERE song_id IS NULL
        AND artist IS NOT NULL
        AND title IS NOT NULL
    GROUP BY artist, title
),

known_artists AS (
    SELECT DISTINCT artist_name
    FROM songs
)

SELECT
    gaps.artist,
    gaps.title,
    ROW_NUMBER() OVER (
        ORDER BY gaps.plays DESC, gaps.listeners DESC, gaps.artist, gaps.title
    ) AS rank,
    gaps.plays,
    gaps.listeners,
    gaps.last_played_month,
    COALESCE(known_artists.artist_name = gaps.artist, FALSE) AS artist_in_catalogue
FROM gaps
LEFT JOIN known_artists ON known_artists.artist_name = gaps.artist;
