-- The level of a play, where it is known, is free or paid.
SELECT songplay_id, start_time, level
FROM songplays
WHERE level NOT IN ('free', 'paid')
