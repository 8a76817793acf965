-- Replaces one log month of songplays.
-- :log_month                   the month, as 'YYYY-MM'
-- :first_moment, :end_moment   its first moment and that of the next month

DELETE FROM songplays
WHERE start_time >= :first_moment AND start_time < :end_moment;

INSERT INTO songplays (
    songplay_id, start_time, user_id, level, song_id, artist_id, session_id, location, user_agent
)
WITH repeated AS (  -- moments of events that are there more than once: few
    SELECT ts
    FROM staging_events
    WHERE log_month = :log_month
        AND RTRIM(page, ' ') = 'NextSong'
    GROUP BY ts, CAST(user_id AS BIGINT), session_id, item_in_session
    HAVING COUNT(*) > 1
),

plays AS (
    SELECT
        ts, user_id, session_id, item_in_session, level, location, user_agent, song, artist, length
    FROM staging_events
    WHERE log_month = :log_month
        AND RTRIM(page, ' ') = 'NextSong'
        AND ts NOT IN (SELECT ts FROM repeated)

    UNION ALL

    SELECT  -- copies of one event count once: the first in the order of all columns
        ts, user_id, session_id, item_in_session, level, location, user_agent, song, artist, length
    FROM staging_events
    WHERE log_month = :log_month
        AND RTRIM(page, ' ') = 'NextSong'
        AND ts IN (SELECT ts FROM repeated)
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY ts, CAST(user_id AS BIGINT), session_id, item_in_session
        ORDER BY
            RTRIM(artist, ' '), RTRIM(auth, ' '), RTRIM(first_name, ' '), RTRIM(gender, ' '),
            RTRIM(last_name, ' '), length, RTRIM(level, ' '), RTRIM(location, ' '),
            RTRIM(method, ' '), registration, RTRIM(song, ' '), status, RTRIM(user_agent, ' ')
    ) = 1
),

heard AS (  -- what plays tell of their songs, each once
    SELECT DISTINCT RTRIM(song, ' ') AS title, RTRIM(artist, ' ') AS artist_name, length
    FROM staging_events
    WHERE log_month = :log_month
        AND RTRIM(page, ' ') = 'NextSong'
),

links AS (  -- among songs of the same title and artist name, the one closest in length
    SELECT
        heard.title,
        heard.artist_name,
        NVL(heard.length, 0)                              AS known_length,
        CASE WHEN heard.length IS NULL THEN 0 ELSE 1 END  AS has_length,
        songs.song_id,
        songs.artist_id
    FROM heard
    INNER JOIN songs
        ON songs.title = heard.title
        AND songs.artist_name = heard.artist_name
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY heard.title, heard.artist_name, heard.length
        ORDER BY ABS(songs.duration - heard.length) NULLS LAST, songs.song_id
    ) = 1
)

SELECT
    MD5(
        CAST(plays.ts AS VARCHAR)
        || '|' || COALESCE(CAST(CAST(plays.user_id AS BIGINT) AS VARCHAR), '')
        || '|' || CAST(plays.session_id AS VARCHAR)
        || '|' || CAST(plays.item_in_session AS VARCHAR)
    ) AS songplay_id,
    DATEADD(
        ms, CAST(plays.ts % 86400000 AS INTEGER),
        DATEADD(day, CAST(plays.ts / 86400000 AS INTEGER), CAST('1970-01-01' AS TIMESTAMP))
    ) AS start_time,
    CAST(plays.user_id AS BIGINT)  AS user_id,
    RTRIM(plays.level, ' ')        AS level,
    links.song_id,
    links.artist_id,
    plays.session_id,
    RTRIM(plays.location, ' ')     AS location,
    RTRIM(plays.user_agent, ' ')   AS user_agent
FROM plays
LEFT JOIN links
    ON links.title = RTRIM(plays.song, ' ')
    AND links.artist_name = RTRIM(plays.artist, ' ')
    AND links.known_length = NVL(plays.length, 0)
    AND links.has_length = CASE WHEN plays.length IS NULL THEN 0 ELSE 1 END;
