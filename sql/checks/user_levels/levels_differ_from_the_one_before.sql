-- Within a month a level is followed by another one.
SELECT *
FROM (
    SELECT
        user_id,
        log_month,
        event_number,
        level,
        LAG(level) OVER (PARTITION BY user_id, log_month ORDER BY event_number) AS previous_level
    FROM user_levels
    WHERE log_month BETWEEN :first_month AND :last_month
) AS steps
WHERE level = previous_level
