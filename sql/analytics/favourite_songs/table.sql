-- What each user plays most: what taste is read from.
CREATE TABLE favourite_songs (
    user_id BIGINT NOT NULL,
    rank    INTEGER NOT NULL,
    song_id VARCHAR(64) NOT NULL REFERENCES songs (song_id),
    plays   BIGINT NOT NULL,
    PRIMARY KEY (user_id, rank)
)
DISTKEY (user_id)  -- pairs of songs are made within a user
SORTKEY (user_id);

COMMENT ON TABLE favourite_songs IS 'Up to 50 songs of the catalogue that each user has played most';
COMMENT ON COLUMN favourite_songs.user_id IS 'Who plays them';
COMMENT ON COLUMN favourite_songs.rank IS 'Rank by plays, from 1; equals by lot, drawn once and for all';
COMMENT ON COLUMN favourite_songs.song_id IS 'Song';
COMMENT ON COLUMN favourite_songs.plays IS 'How often they played it';
