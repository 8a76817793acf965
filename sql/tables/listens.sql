-- Who played which song how often, by month; songs outside the catalogue too.
-- No key is declared: a play may lack its user, its title or its artist.
CREATE TABLE listens (
    log_month VARCHAR(7) NOT NULL,
    user_id   BIGINT,
    artist    VARCHAR(1024),
    title     VARCHAR(1024),
    song_id   VARCHAR(64) REFERENCES songs (song_id),
    plays     BIGINT NOT NULL
)
DISTKEY (user_id)  -- what a user plays is compared within the user
SORTKEY (log_month);

COMMENT ON TABLE listens IS 'Who played which song how often, by month, in the catalogue or not';
COMMENT ON COLUMN listens.log_month IS 'Log month, as YYYY-MM';
COMMENT ON COLUMN listens.user_id IS 'Who played it; null where the event names nobody';
COMMENT ON COLUMN listens.artist IS 'Artist, as the app wrote the name';
COMMENT ON COLUMN listens.title IS 'Title, as the app wrote it';
COMMENT ON COLUMN listens.song_id IS 'Song of the catalogue that it is; null where the catalogue lacks it';
COMMENT ON COLUMN listens.plays IS 'How often';
