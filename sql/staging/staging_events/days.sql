-- The days, since the epoch, in which the good events lie; null for the records to be rejected.
SELECT
    CASE WHEN fault IS NULL THEN ts / 86400000 END AS day_number,
    COUNT(*)                                       AS records
FROM copied_events
GROUP BY CASE WHEN fault IS NULL THEN ts / 86400000 END
