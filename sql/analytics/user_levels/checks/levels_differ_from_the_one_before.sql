-- Within a day a level is followed by another one.
SELECT user_id, day, event_number, level
FROM (
    SELECT
        user_id,
        day,
        event_number,
        level,
        LAG(level) OVER (PARTITION BY user_id, day ORDER BY event_number) AS previous_level
    FROM user_levels
) AS steps
WHERE level = previous_level
