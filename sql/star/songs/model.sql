-- kind: full
--
-- One record per song: the first file by path, and the first record in it.

SELECT
    RTRIM(song_id, ' ')     AS song_id,
    RTRIM(title, ' ')       AS title,
    RTRIM(artist_id, ' ')   AS artist_id,
    NULLIF(year, 0)         AS year,
    duration,
    RTRIM(artist_name, ' ') AS artist_name
FROM staging_songs AS records  -- Redshift requires an alias before QUALIFY
QUALIFY ROW_NUMBER() OVER (PARTITION BY RTRIM(song_id, ' ') ORDER BY file, position) = 1;
