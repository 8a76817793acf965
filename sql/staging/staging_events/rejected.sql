-- The copied events that were found faulty.
-- :most  how many are shown
SELECT *
FROM copied_events
WHERE fault IS NOT NULL
ORDER BY ts, session_id, item_in_session
LIMIT :most
