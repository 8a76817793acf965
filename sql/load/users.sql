-- Brings users up to date with one log month.
-- :log_month  the month, as 'YYYY-MM'

-- Whoever the month showed before it was loaded again may have changed too.
CREATE TEMP TABLE touched_users AS
SELECT user_id
FROM user_months
WHERE log_month = :log_month;

DELETE FROM user_months
WHERE log_month = :log_month;

-- A user's latest event of the month; of copies of it, the first in the order of all columns.
INSERT INTO user_months (user_id, log_month, first_name, last_name, gender, level)
WITH latest_moments AS (
    SELECT user_id, MAX(ts) AS ts
    FROM staging_events
    WHERE log_month = :log_month
        AND user_id IS NOT NULL
    GROUP BY user_id
),

latest_events AS (
    SELECT
        CAST(events.user_id AS BIGINT) AS user_id,
        events.log_month,
        events.session_id,
        events.item_in_session,
        events.length,
        events.registration,
        events.status,
        events.ts,
        RTRIM(events.artist, ' ')      AS artist,
        RTRIM(events.auth, ' ')        AS auth,
        RTRIM(events.first_name, ' ')  AS first_name,
        RTRIM(events.gender, ' ')      AS gender,
        RTRIM(events.last_name, ' ')   AS last_name,
        RTRIM(events.level, ' ')       AS level,
        RTRIM(events.location, ' ')    AS location,
        RTRIM(events.method, ' ')      AS method,
        RTRIM(events.page, ' ')        AS page,
        RTRIM(events.song, ' ')        AS song,
        RTRIM(events.user_agent, ' ')  AS user_agent
    FROM staging_events AS events
    INNER JOIN latest_moments
        ON latest_moments.user_id = events.user_id
        AND latest_moments.ts = events.ts
    WHERE events.log_month = :log_month
)

SELECT user_id, log_month, first_name, last_name, gender, level
FROM latest_events AS copies  -- Redshift wants an alias before QUALIFY
QUALIFY ROW_NUMBER() OVER (
    PARTITION BY user_id  -- 7 and 007 are one user
    ORDER BY
        ts DESC, session_id DESC, item_in_session DESC,
        artist, auth, first_name, gender, last_name, length, level, location, method, page,
        registration, song, status, user_agent
) = 1;

INSERT INTO touched_users (user_id)
SELECT user_id
FROM user_months
WHERE log_month = :log_month;

-- Months follow one another, so the latest month holds the latest event.
CREATE TEMP TABLE latest_users AS
SELECT user_id, first_name, last_name, gender, level
FROM user_months
WHERE user_id IN (SELECT user_id FROM touched_users)
QUALIFY ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY log_month DESC) = 1;

-- MERGE cannot mend a key that is there twice: both rows go, and one comes anew.
DELETE FROM users
WHERE user_id IN (
    SELECT user_id
    FROM users
    WHERE user_id IN (SELECT user_id FROM touched_users)
    GROUP BY user_id
    HAVING COUNT(*) > 1
);

-- Most users are as they were: only the others are written.
CREATE TEMP TABLE changed_users AS
SELECT user_id, first_name, last_name, gender, level
FROM latest_users
EXCEPT
SELECT user_id, first_name, last_name, gender, level
FROM users;

MERGE INTO users
USING changed_users ON users.user_id = changed_users.user_id
WHEN MATCHED THEN UPDATE SET
    first_name = changed_users.first_name,
    last_name = changed_users.last_name,
    gender = changed_users.gender,
    level = changed_users.level
WHEN NOT MATCHED THEN INSERT (user_id, first_name, last_name, gender, level)
VALUES (
    changed_users.user_id,
    changed_users.first_name,
    changed_users.last_name,
    changed_users.gender,
    changed_users.level
);

-- Users of whom no event is left.
DELETE FROM users
WHERE user_id IN (SELECT user_id FROM touched_users)
    AND user_id NOT IN (SELECT user_id FROM latest_users);

DROP TABLE touched_users;
DROP TABLE latest_users;
DROP TABLE changed_users;
