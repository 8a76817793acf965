-- kind: full
--
-- What was played but is not in the catalogue.
-- A song is in the catalogue where title and artist name are the same to the letter, so a gap may
-- also be a song that the catalogue spells otherwise: look before you buy.

WITH gaps AS (
    SELECT
        artist,
        title,
        SUM(plays)              AS plays,
        COUNT(DISTINCT user_id) AS listeners,
        MAX(day)                AS last_played_day
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
    TO_CHAR(gaps.last_played_day, 'YYYY-MM')                 AS last_played_month,
    COALESCE(known_artists.artist_name = gaps.artist, FALSE) AS artist_in_catalogue
FROM gaps
LEFT JOIN known_artists ON known_artists.artist_name = gaps.artist;
