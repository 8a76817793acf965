-- A change leads to another level, later, and the next one starts from there.
SELECT user_id, change_number, from_level, to_level, from_level_since, changed_at
FROM (
    SELECT
        user_id,
        change_number,
        from_level,
        to_level,
        from_level_since,
        changed_at,
        LAG(to_level) OVER (PARTITION BY user_id ORDER BY change_number) AS previous_level
    FROM level_changes
) AS changes
WHERE from_level = to_level
    OR changed_at < from_level_since
    OR from_level <> previous_level
