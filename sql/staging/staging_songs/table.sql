-- kind: full
-- The song metadata as it came: one row per accepted record of song_data.
CREATE TABLE staging_songs (
    num_songs        INTEGER,
    artist_id        VARCHAR(64) NOT NULL,
    artist_latitude  DOUBLE PRECISION,
    artist_longitude DOUBLE PRECISION,
    artist_location  VARCHAR(1024),
    artist_name      VARCHAR(1024) NOT NULL,
    song_id          VARCHAR(64) NOT NULL,
    title            VARCHAR(1024) NOT NULL,
    duration         DOUBLE PRECISION,
    year             INTEGER,
    file             VARCHAR(1024) NOT NULL,
    position         INTEGER NOT NULL
)
DISTKEY (song_id)  -- records of one song meet on one node, where they are reduced to one
SORTKEY (song_id);

COMMENT ON TABLE staging_songs IS 'Song metadata as it came, one row per accepted record';
COMMENT ON COLUMN staging_songs.num_songs IS 'Number of songs in the record; always 1 so far';
COMMENT ON COLUMN staging_songs.artist_id IS 'Identifier of the artist';
COMMENT ON COLUMN staging_songs.artist_latitude IS 'Latitude of the artist''s place, in degrees';
COMMENT ON COLUMN staging_songs.artist_longitude IS 'Longitude of the artist''s place, in degrees';
COMMENT ON COLUMN staging_songs.artist_location IS 'Place of the artist, as free text';
COMMENT ON COLUMN staging_songs.artist_name IS 'Name of the artist on this record';
COMMENT ON COLUMN staging_songs.song_id IS 'Identifier of the song';
COMMENT ON COLUMN staging_songs.title IS 'Title of the song';
COMMENT ON COLUMN staging_songs.duration IS 'Length of the song, in seconds';
COMMENT ON COLUMN staging_songs.year IS 'Year of release; 0 means unknown';
COMMENT ON COLUMN staging_songs.file IS 'File that the record came from, relative to the source';
COMMENT ON COLUMN staging_songs.position IS 'Place of the record in its file, from 1';
