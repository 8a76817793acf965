-- kind: full
--
-- From free to paid and back, from the levels of all days in a row.

WITH levels AS (  -- the first level of a day is mostly the last of the day before
    SELECT
        user_id,
        day,
        event_number,
        ts,
        level,
        LAG(level) OVER (PARTITION BY user_id ORDER BY day, event_number) AS previous_level
    FROM user_levels
),

starts AS (
    SELECT
        user_id,
        ts,
        level,
        previous_level,
        LAG(ts) OVER (PARTITION BY user_id ORDER BY day, event_number) AS previous_ts,
        ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY day, event_number) AS start_number
    FROM levels
    WHERE previous_level IS NULL
        OR previous_level <> level
)

SELECT
    user_id,
    start_number - 1                                   AS change_number,
    DATEADD(
        ms, CAST(ts % 86400000 AS INTEGER),
        DATEADD(day, CAST(ts / 86400000 AS INTEGER), CAST('1970-01-01' AS TIMESTAMP))
    )                                                  AS changed_at,
    previous_level                                     AS from_level,
    level                                              AS to_level,
    DATEADD(
        ms, CAST(previous_ts % 86400000 AS INTEGER),
        DATEADD(day, CAST(previous_ts / 86400000 AS INTEGER), CAST('1970-01-01' AS TIMESTAMP))
    )                                                  AS from_level_since,
    CAST((ts - previous_ts) / 86400000 AS INTEGER)     AS days_at_from_level
FROM starts
WHERE previous_level IS NOT NULL;
