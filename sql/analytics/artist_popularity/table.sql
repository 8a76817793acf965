-- Who is played, and whether the catalogue has them.
CREATE TABLE artist_popularity (
    artist          VARCHAR(1024) NOT NULL PRIMARY KEY,
    plays           BIGINT NOT NULL,
    listeners       BIGINT NOT NULL,
    songs_played    BIGINT NOT NULL,
    linked_plays    BIGINT NOT NULL,
    catalogue_songs BIGINT NOT NULL,
    location        VARCHAR(1024)
)
DISTSTYLE EVEN  -- read by popularity, joined on nothing
SORTKEY (plays);

COMMENT ON TABLE artist_popularity IS 'Artists by plays and listeners; those without songs in the catalogue are artists to win';
COMMENT ON COLUMN artist_popularity.artist IS 'Artist, as the app wrote the name';
COMMENT ON COLUMN artist_popularity.plays IS 'Plays of their songs';
COMMENT ON COLUMN artist_popularity.listeners IS 'Users who played them';
COMMENT ON COLUMN artist_popularity.songs_played IS 'Different titles played';
COMMENT ON COLUMN artist_popularity.linked_plays IS 'Plays of songs that the catalogue has';
COMMENT ON COLUMN artist_popularity.catalogue_songs IS 'Songs under this name in the catalogue; 0 for an artist to win';
COMMENT ON COLUMN artist_popularity.location IS 'Where the artist is from; null where the catalogue does not say';
