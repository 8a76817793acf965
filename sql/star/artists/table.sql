-- The artists of the catalogue: one row each, with the best known name and place.
CREATE TABLE artists (
    artist_id VARCHAR(64) NOT NULL PRIMARY KEY,
    name      VARCHAR(1024) NOT NULL,
    location  VARCHAR(1024),
    latitude  DOUBLE PRECISION,
    longitude DOUBLE PRECISION
)
DISTSTYLE ALL  -- small beside the plays, and joined from every node
SORTKEY (artist_id);

COMMENT ON TABLE artists IS 'The artists of the catalogue, with the best known name and place';
COMMENT ON COLUMN artists.artist_id IS 'Identifier of the artist';
COMMENT ON COLUMN artists.name IS 'Name used on most of the artist''s songs';
COMMENT ON COLUMN artists.location IS 'Place given on most of the artist''s songs';
COMMENT ON COLUMN artists.latitude IS 'Latitude, in degrees; null unless longitude is known';
COMMENT ON COLUMN artists.longitude IS 'Longitude, in degrees; null unless latitude is known';
