-- Replaces one log month of songplays.
-- :log_month                   the month, as 'YYYY-MM'
-- :first_moment, :end_moment   its first moment and that of the next month

DELETE FROM songplays
WHERE start_time >= :first_moment AND start_time < :end_moment;

INSERT INTO songplays (
    songplay_id, start_time, user_id, level, song_id, artist_id, session_id, location, user_agent
)
WITH events AS (
    SELECT
        RTRIM(artist, ' ')     AS artist,
        RTRIM(auth, ' ')       AS auth,
        RTRIM(first_name, ' ') AS first_name,
        RTRIM(gender, ' ')     AS gender,
        item_in_session,
        RTRIM(last_name, ' ')  AS last_name,
        length,
        RTRIM(level, ' ')      AS level,
        RTRIM(location, ' ')   AS location,
        RTRIM(method, ' ')     AS method,
        registration,
        session_id,
        RTRIM(song, ' ')       AS song,
        status,
        ts,
        RTRIM(user_agent, ' ') AS user_agent,
        MD5(
            CAST(ts AS VARCHAR) || '|' || COALESCE(CAST(CAST(user_id AS BIGINT) AS VARCHAR), '')
            || '|' || CAST(session_id AS VARCHAR) || '|' || CAST(item_in_session AS VARCHAR)
        )                       AS songplay_id,
        CAST(user_id AS BIGINT) AS user_id
    FROM staging_events
    WHERE log_month = :log_month
        AND RTRIM(page, ' ') = 'NextSong'
),

repeated AS (
    SELECT songplay_id
    FROM events
    GROUP BY songplay_id
    HAVING COUNT(*) > 1
),

ranked AS (  -- few, so that most plays need no sorting
    SELECT
        events.*,
        ROW_NUMBER() OVER (
            PARTITION BY events.songplay_id
            ORDER BY
                artist, auth, first_name, gender, last_name, length, level, location, method,
                registration, song, status, user_agent
        ) AS copy_number
    FROM events
    WHERE events.songplay_id IN (SELECT songplay_id FROM repeated)
),

plays AS (  -- copies of one event count once: the first in the order of all columns
    SELECT events.*, 1 AS copy_number
    FROM events
    WHERE events.songplay_id NOT IN (SELECT songplay_id FROM repeated)
    UNION ALL
    SELECT ranked.*
    FROM ranked
    WHERE ranked.copy_number = 1
),

links AS (  -- among songs of the same title and artist name, the one closest in length
    SELECT plays.songplay_id, songs.song_id, songs.artist_id
    FROM plays
    INNER JOIN songs
        ON songs.title = plays.song
        AND songs.artist_name = plays.artist
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY plays.songplay_id
        ORDER BY ABS(songs.duration - plays.length) NULLS LAST, songs.song_id
    ) = 1
)

SELECT
    plays.songplay_id,
    DATEADD(
        ms, CAST(plays.ts % 86400000 AS INTEGER),
        DATEADD(day, CAST(plays.ts / 86400000 AS INTEGER), CAST('1970-01-01' AS TIMESTAMP))
    ) AS start_time,
    plays.user_id,
    plays.level,
    links.song_id,
    links.artist_id,
    plays.session_id,
    plays.location,
    plays.user_agent
FROM plays
LEFT JOIN links ON links.songplay_id = plays.songplay_id;
