-- The catalogue: one row per song.
CREATE TABLE songs (
    song_id     VARCHAR(64) NOT NULL PRIMARY KEY,
    title       VARCHAR(1024) NOT NULL,
    artist_id   VARCHAR(64) NOT NULL REFERENCES artists (artist_id),
    year        INTEGER,
    duration    DOUBLE PRECISION,
    artist_name VARCHAR(1024) NOT NULL
)
DISTSTYLE ALL  -- small beside the plays, and every play looks here
SORTKEY (artist_id);

COMMENT ON TABLE songs IS 'The catalogue, one row per song';
COMMENT ON COLUMN songs.song_id IS 'Identifier of the song';
COMMENT ON COLUMN songs.title IS 'Title';
COMMENT ON COLUMN songs.artist_id IS 'Artist of the song';
COMMENT ON COLUMN songs.year IS 'Year of release; null where unknown';
COMMENT ON COLUMN songs.duration IS 'Length, in seconds';
COMMENT ON COLUMN songs.artist_name IS 'Audit: artist name on this song''s record, by which plays are linked';
