-- Songs that the same people play.
CREATE TABLE similar_songs (
    song_id          VARCHAR(64) NOT NULL REFERENCES songs (song_id),
    rank             INTEGER NOT NULL,
    similar_song_id  VARCHAR(64) NOT NULL REFERENCES songs (song_id),
    common_listeners BIGINT NOT NULL,
    similarity       DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (song_id, rank)
)
DISTSTYLE ALL  -- small, and joined to plays song by song
SORTKEY (song_id);

COMMENT ON TABLE similar_songs IS 'For each song of the catalogue, up to 10 songs that the same people play';
COMMENT ON COLUMN similar_songs.song_id IS 'Song';
COMMENT ON COLUMN similar_songs.rank IS 'Rank among the song''s neighbours, from 1, the most similar first';
COMMENT ON COLUMN similar_songs.similar_song_id IS 'Song that is like it';
COMMENT ON COLUMN similar_songs.common_listeners IS 'Users among whose favourites both are';
COMMENT ON COLUMN similar_songs.similarity IS 'Cosine (Ochiai) of the two sets of listeners, 0 to 1';
