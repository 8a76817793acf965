-- Who played which song how often, by day; songs outside the catalogue too.
-- No key is declared: a play may lack its user, its title or its artist.
CREATE TABLE listens (
    day     DATE NOT NULL,
    user_id BIGINT,
    artist  VARCHAR(1024),
    title   VARCHAR(1024),
    song_id VARCHAR(64) REFERENCES songs (song_id),
    plays   BIGINT NOT NULL
)
DISTKEY (user_id)  -- what a user plays is compared within the user
SORTKEY (day);

COMMENT ON TABLE listens IS 'Who played which song how often, by day, in the catalogue or not';
COMMENT ON COLUMN listens.day IS 'Day, UTC';
COMMENT ON COLUMN listens.user_id IS 'Who played it; null where the event names nobody';
COMMENT ON COLUMN listens.artist IS 'Artist, as the app wrote the name';
COMMENT ON COLUMN listens.title IS 'Title, as the app wrote it';
COMMENT ON COLUMN listens.song_id IS 'Song of the catalogue that it is; null where the catalogue lacks it';
COMMENT ON COLUMN listens.plays IS 'How often';
