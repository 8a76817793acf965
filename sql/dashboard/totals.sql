-- How far the log goes, and how much of all plays is linked to the catalogue.
-- last_ts: Time of the last event, in milliseconds since the epoch.
-- plays: Plays of all months and levels.
-- linked_plays: Plays whose title and artist name are those of a song in the catalogue.
WITH months AS (
    SELECT MAX(TO_CHAR(day, 'YYYY-MM')) AS last_month
    FROM daily_users
),

events AS (
    SELECT MAX(staging_events.ts) AS last_ts
    FROM staging_events
    INNER JOIN months ON months.last_month = staging_events.log_month
),

played AS (
    SELECT COALESCE(SUM(plays), 0) AS plays, COALESCE(SUM(linked_plays), 0) AS linked_plays
    FROM daily_plays
)

SELECT events.last_ts, played.plays, played.linked_plays
FROM events
CROSS JOIN played
