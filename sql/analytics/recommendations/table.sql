-- What to play next: songs for each user that they have not played.
CREATE TABLE recommendations (
    user_id         BIGINT NOT NULL REFERENCES users (user_id),
    rank            INTEGER NOT NULL,
    song_id         VARCHAR(64) NOT NULL REFERENCES songs (song_id),
    reason          VARCHAR(16) NOT NULL,
    because_song_id VARCHAR(64),
    score           BIGINT NOT NULL,
    PRIMARY KEY (user_id, rank)
)
DISTKEY (user_id)  -- asked for by user
SORTKEY (user_id);

COMMENT ON TABLE recommendations IS 'Up to 10 songs of the catalogue for each user, none of which they have played';
COMMENT ON COLUMN recommendations.user_id IS 'For whom';
COMMENT ON COLUMN recommendations.rank IS 'Rank, from 1, the best first';
COMMENT ON COLUMN recommendations.song_id IS 'Song to recommend';
COMMENT ON COLUMN recommendations.reason IS 'similar: like songs they play; popular: what most users play, where the former do not suffice';
COMMENT ON COLUMN recommendations.because_song_id IS 'The song of theirs that it is most like; null where popular';
COMMENT ON COLUMN recommendations.score IS 'similar: sum of the similarities to their songs, in millionths; popular: listeners';
