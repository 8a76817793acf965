-- kind: by day (day)
--
-- A user's latest event of the day; of copies of it, the first in the order of all columns.

WITH latest_moments AS (
    SELECT user_id, ts / 86400000 AS day_number, MAX(ts) AS ts
    FROM staging_events
    WHERE user_id IS NOT NULL
    GROUP BY user_id, ts / 86400000
),

latest_events AS (
    SELECT
        CAST(events.user_id AS BIGINT)                 AS user_id,
        CAST(latest_moments.day_number AS INTEGER)     AS day_number,
        events.session_id,
        events.item_in_session,
        events.length,
        events.registration,
        events.status,
        events.ts,
        RTRIM(events.artist, ' ')                      AS artist,
        RTRIM(events.auth, ' ')                        AS auth,
        RTRIM(events.first_name, ' ')                  AS first_name,
        RTRIM(events.gender, ' ')                      AS gender,
        RTRIM(events.last_name, ' ')                   AS last_name,
        RTRIM(events.level, ' ')                       AS level,
        RTRIM(events.location, ' ')                    AS location,
        RTRIM(events.method, ' ')                      AS method,
        RTRIM(events.page, ' ')                        AS page,
        RTRIM(events.song, ' ')                        AS song,
        RTRIM(events.user_agent, ' ')                  AS user_agent
    FROM staging_events AS events
    INNER JOIN latest_moments
        ON latest_moments.user_id = events.user_id
        AND latest_moments.ts = events.ts
)

SELECT
    user_id,
    CAST(DATEADD(day, day_number, CAST('1970-01-01' AS TIMESTAMP)) AS DATE) AS day,
    first_name,
    last_name,
    gender,
    level
FROM latest_events AS copies  -- Redshift requires an alias before QUALIFY
QUALIFY ROW_NUMBER() OVER (
    PARTITION BY user_id, day_number  -- 7 and 007 are one user
    ORDER BY
        ts DESC, session_id DESC, item_in_session DESC,
        artist, auth, first_name, gender, last_name, length, level, location, method, page,
        registration, song, status, user_agent
) = 1;
