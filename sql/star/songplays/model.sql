-- kind: by day (start_time)
-- late: songs (title, artist_name) = staging_events (song, artist)
--
-- One row per NextSong event; copies of an event count once. A play is linked to the song of the
-- same title and artist name whose duration is closest to the play's length.

WITH repeated AS (  -- moments of events that are there more than once: few
    SELECT ts
    FROM staging_events
    WHERE RTRIM(page, ' ') = 'NextSong'
    GROUP BY ts, CAST(user_id AS BIGINT), session_id, item_in_session
    HAVING COUNT(*) > 1
),

plays AS (
    SELECT
        ts, user_id, session_id, item_in_session, level, location, user_agent, song, artist, length
    FROM staging_events
    WHERE RTRIM(page, ' ') = 'NextSong'
        AND ts NOT IN (SELECT ts FROM repeated)

    UNION ALL

    SELECT  -- of the copies of an event, the first in the order of all columns
        ts, user_id, session_id, item_in_session, level, location, user_agent, song, artist, length
    FROM staging_events AS copies  -- Redshift requires an alias before QUALIFY
    WHERE RTRIM(page, ' ') = 'NextSong'
        AND ts IN (SELECT ts FROM repeated)
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY ts, CAST(user_id AS BIGINT), session_id, item_in_session
        ORDER BY
            RTRIM(artist, ' '), RTRIM(auth, ' '), RTRIM(first_name, ' '), RTRIM(gender, ' '),
            RTRIM(last_name, ' '), length, RTRIM(level, ' '), RTRIM(location, ' '),
            RTRIM(method, ' '), registration, RTRIM(song, ' '), status, RTRIM(user_agent, ' ')
    ) = 1
),

played AS (  -- titles as they were played, each once
    SELECT DISTINCT RTRIM(song, ' ') AS title, RTRIM(artist, ' ') AS artist_name, length
    FROM staging_events
    WHERE RTRIM(page, ' ') = 'NextSong'
),

links AS (
    SELECT
        played.title,
        played.artist_name,
        NVL(played.length, 0)                              AS known_length,
        CASE WHEN played.length IS NULL THEN 0 ELSE 1 END  AS has_length,
        songs.song_id,
        songs.artist_id
    FROM played
    INNER JOIN songs
        ON songs.title = played.title
        AND songs.artist_name = played.artist_name
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY played.title, played.artist_name, played.length
        ORDER BY ABS(songs.duration - played.length) NULLS LAST, songs.song_id
    ) = 1
)

SELECT
    MD5(
        CAST(plays.ts AS VARCHAR)
        || '|' || COALESCE(CAST(CAST(plays.user_id AS BIGINT) AS VARCHAR), '')
        || '|' || CAST(plays.session_id AS VARCHAR)
        || '|' || CAST(plays.item_in_session AS VARCHAR)
    ) AS songplay_id,
    -- DATEADD counts in four bytes: days and milliseconds fit apart, but not together.
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
    RTRIM(plays.user_agent, ' ')   AS user_agent,
    RTRIM(plays.song, ' ')         AS title,
    RTRIM(plays.artist, ' ')       AS artist_name
FROM plays
LEFT JOIN links
    ON links.title = RTRIM(plays.song, ' ')
    AND links.artist_name = RTRIM(plays.artist, ' ')
    AND links.known_length = NVL(plays.length, 0)
    AND links.has_length = CASE WHEN plays.length IS NULL THEN 0 ELSE 1 END;
