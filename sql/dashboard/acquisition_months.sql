-- Plays by month of the 100 songs that were played most and are not in the catalogue.
-- log_month: Month, as YYYY-MM.
WITH log_ends AS (
    SELECT DATEADD(month, -23, DATE_TRUNC('month', MAX(day))) AS first_day
    FROM daily_users
)

SELECT
    songs_to_acquire.rank,
    TO_CHAR(listens.day, 'YYYY-MM') AS log_month,
    SUM(listens.plays) AS plays
FROM songs_to_acquire
INNER JOIN listens
    ON listens.artist = songs_to_acquire.artist
    AND listens.title = songs_to_acquire.title
CROSS JOIN log_ends
WHERE songs_to_acquire.rank <= 100
    AND listens.song_id IS NULL
    AND listens.day >= log_ends.first_day
GROUP BY songs_to_acquire.rank, TO_CHAR(listens.day, 'YYYY-MM')
ORDER BY songs_to_acquire.rank, log_month
