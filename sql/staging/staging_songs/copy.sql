-- Copies bundles of song records: read, validated and bundled before, so COPY has none to reject.
-- :manifest   the bundles, and no others
-- :jsonpaths  jsonpaths.json, in the order of these columns
-- :iam_role   the role that may read both; :region is where they are
COPY staging_songs (
    num_songs, artist_id, artist_latitude, artist_longitude, artist_location, artist_name, song_id,
    title, duration, year, file, position
)
FROM :manifest
IAM_ROLE :iam_role
MANIFEST
FORMAT JSON :jsonpaths
REGION :region
GZIP
STATUPDATE OFF
COMPUPDATE OFF
