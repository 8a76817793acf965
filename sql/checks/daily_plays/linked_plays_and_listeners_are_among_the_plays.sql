-- No day has more linked plays, or more listeners, than plays.
SELECT day, level, plays, linked_plays, listeners
FROM daily_plays
WHERE day >= CAST(:first_moment AS DATE) AND day < CAST(:end_moment AS DATE)
    AND (linked_plays > plays OR listeners > plays OR linked_plays < 0)
