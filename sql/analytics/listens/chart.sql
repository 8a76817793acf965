-- chart: stacks "Plays by month"
SELECT
    TO_CHAR(day, 'YYYY-MM')                              AS month,
    SUM(CASE WHEN song_id IS NULL THEN 0 ELSE plays END) AS in_catalogue,
    SUM(CASE WHEN song_id IS NULL THEN plays ELSE 0 END) AS not_in_it
FROM listens
GROUP BY TO_CHAR(day, 'YYYY-MM')
ORDER BY month
