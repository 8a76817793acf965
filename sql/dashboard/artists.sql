-- Plays by artist and month, for the artists among the 20 most played of any month or of the whole log, or among the 40 most played without a song in the catalogue.
-- log_month: Month, as YYYY-MM.
-- plays: Plays in the month.
-- all_listeners: Users who played the artist, in all months of the log.
-- catalogue_artist: Catalogue name that the name is probably another spelling of.
WITH log_ends AS (
    SELECT DATEADD(month, -23, DATE_TRUNC('month', MAX(day))) AS first_day
    FROM daily_users
),

months AS (
    SELECT
        listens.artist,
        TO_CHAR(listens.day, 'YYYY-MM') AS log_month,
        SUM(listens.plays)              AS plays
    FROM listens
    CROSS JOIN log_ends
    WHERE listens.day >= log_ends.first_day
        AND listens.artist IS NOT NULL
    GROUP BY listens.artist, TO_CHAR(listens.day, 'YYYY-MM')
),

ranked_months AS (
    SELECT artist, ROW_NUMBER() OVER (PARTITION BY log_month ORDER BY plays DESC, artist) AS rank
    FROM months
),

ranked AS (
    SELECT
        artist,
        listeners,
        catalogue_songs,
        ROW_NUMBER() OVER (ORDER BY plays DESC, artist) AS rank,
        ROW_NUMBER() OVER (ORDER BY listeners DESC, artist) AS rank_by_listeners,
        ROW_NUMBER() OVER (
            PARTITION BY CASE WHEN catalogue_songs = 0 THEN 1 ELSE 0 END
            ORDER BY plays DESC, artist
        ) AS rank_in_kind
    FROM artist_popularity
),

chosen AS (
    SELECT artist
    FROM ranked_months
    WHERE rank <= 20
    UNION
    SELECT artist
    FROM ranked
    WHERE rank <= 20
        OR rank_by_listeners <= 20
        OR (catalogue_songs = 0 AND rank_in_kind <= 40)
)

SELECT
    months.artist,
    months.log_month,
    months.plays,
    ranked.listeners AS all_listeners,
    ranked.catalogue_songs,
    artist_spellings.catalogue_artist
FROM chosen
INNER JOIN months ON months.artist = chosen.artist
INNER JOIN ranked ON ranked.artist = chosen.artist
LEFT JOIN artist_spellings ON artist_spellings.artist = chosen.artist
ORDER BY months.artist, months.log_month
