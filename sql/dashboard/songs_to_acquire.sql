-- The 100 songs that were played most and are not in the catalogue, and what they would bring.
-- catalogue_artist: Catalogue name that the artist's name is probably another spelling of. Such a song may be in the catalogue already.
-- gain: Share of all plays that this song would add to the plays in the catalogue.
-- coverage: Share of all plays in the catalogue if this song and all above it were acquired.
WITH totals AS (
    SELECT SUM(plays) AS plays, SUM(linked_plays) AS linked_plays
    FROM daily_plays
),

ranked AS (
    SELECT
        rank,
        title,
        artist,
        plays,
        listeners,
        artist_in_catalogue,
        SUM(plays) OVER (ORDER BY rank ROWS UNBOUNDED PRECEDING) AS plays_so_far
    FROM songs_to_acquire
    WHERE rank <= 100
)

SELECT
    ranked.rank,
    ranked.title,
    ranked.artist,
    ranked.plays,
    ranked.listeners,
    CAST(ranked.plays AS DOUBLE PRECISION) / totals.plays AS gain,
    CAST(totals.linked_plays + ranked.plays_so_far AS DOUBLE PRECISION)
    / totals.plays AS coverage,
    ranked.artist_in_catalogue,
    artist_spellings.catalogue_artist
FROM ranked
CROSS JOIN totals
LEFT JOIN artist_spellings ON artist_spellings.artist = ranked.artist
ORDER BY ranked.rank
