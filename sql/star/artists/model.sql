-- kind: full
--
-- For each artist the best known name, place and position, each chosen by itself.

WITH records AS (  -- one record per song: the first file, and the first record in it
    SELECT
        RTRIM(artist_id, ' ')       AS artist_id,
        RTRIM(artist_name, ' ')     AS name,
        RTRIM(artist_location, ' ') AS location,
        artist_latitude             AS latitude,
        artist_longitude            AS longitude
    FROM staging_songs AS staged  -- Redshift requires an alias before QUALIFY
    QUALIFY ROW_NUMBER() OVER (PARTITION BY RTRIM(song_id, ' ') ORDER BY file, position) = 1
),

names AS (
    SELECT artist_id, name
    FROM records
    GROUP BY artist_id, name
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY artist_id ORDER BY COUNT(*) DESC, OCTET_LENGTH(name), name
    ) = 1
),

locations AS (
    SELECT artist_id, location
    FROM records
    WHERE location IS NOT NULL
    GROUP BY artist_id, location
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY artist_id ORDER BY COUNT(*) DESC, OCTET_LENGTH(location), location
    ) = 1
),

positions AS (  -- half a pair is no position
    SELECT artist_id, latitude, longitude
    FROM records
    WHERE latitude IS NOT NULL
        AND longitude IS NOT NULL
    GROUP BY artist_id, latitude, longitude
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY artist_id ORDER BY COUNT(*) DESC, latitude, longitude
    ) = 1
)

SELECT
    names.artist_id,
    names.name,
    locations.location,
    positions.latitude,
    positions.longitude
FROM names
LEFT JOIN locations ON locations.artist_id = names.artist_id
LEFT JOIN positions ON positions.artist_id = names.artist_id;
