-- What was played but is not in the catalogue.
CREATE TABLE songs_to_acquire (
    artist              VARCHAR(1024) NOT NULL,
    title               VARCHAR(1024) NOT NULL,
    rank                INTEGER NOT NULL,
    plays               BIGINT NOT NULL,
    listeners           BIGINT NOT NULL,
    last_played_month   VARCHAR(7) NOT NULL,
    artist_in_catalogue BOOLEAN NOT NULL,
    PRIMARY KEY (artist, title)
)
DISTSTYLE EVEN  -- read by rank, joined on nothing
SORTKEY (rank);

COMMENT ON TABLE songs_to_acquire IS 'Songs that were played but are not in the catalogue, the most played first';
COMMENT ON COLUMN songs_to_acquire.artist IS 'Artist, as the app wrote the name';
COMMENT ON COLUMN songs_to_acquire.title IS 'Title, as the app wrote it';
COMMENT ON COLUMN songs_to_acquire.rank IS 'Rank by plays, then listeners, from 1; equals in order of artist and title';
COMMENT ON COLUMN songs_to_acquire.plays IS 'Plays';
COMMENT ON COLUMN songs_to_acquire.listeners IS 'Users who played it';
COMMENT ON COLUMN songs_to_acquire.last_played_month IS 'Latest month in which it was played, as YYYY-MM';
COMMENT ON COLUMN songs_to_acquire.artist_in_catalogue IS 'Whether the catalogue has another song under this artist name: if not, an artist to win';
