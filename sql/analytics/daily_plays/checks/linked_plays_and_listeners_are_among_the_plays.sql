-- No day has more linked plays, or more listeners, than plays.
SELECT day, level, plays, linked_plays, listeners
FROM daily_plays
WHERE linked_plays > plays
    OR listeners > plays
    OR linked_plays < 0
