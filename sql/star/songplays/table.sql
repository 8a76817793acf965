-- Facts: what was played, when, by whom.
CREATE TABLE songplays (
    songplay_id VARCHAR(32) NOT NULL PRIMARY KEY,
    start_time  TIMESTAMP NOT NULL REFERENCES time (start_time),
    user_id     BIGINT REFERENCES users (user_id),
    level       VARCHAR(1024),
    song_id     VARCHAR(64) REFERENCES songs (song_id),
    artist_id   VARCHAR(64) REFERENCES artists (artist_id),
    session_id  INTEGER NOT NULL,
    location    VARCHAR(1024),
    user_agent  VARCHAR(2048),
    title       VARCHAR(1024),
    artist_name VARCHAR(1024)
)
DISTKEY (user_id)     -- joined to users, and counted by user
SORTKEY (start_time);  -- read and replaced day by day

COMMENT ON TABLE songplays IS 'What was played, when, by whom: one row per NextSong event';
COMMENT ON COLUMN songplays.songplay_id IS 'MD5 of ts|user_id|session_id|item_in_session';
COMMENT ON COLUMN songplays.start_time IS 'When the song began, UTC, to the millisecond';
COMMENT ON COLUMN songplays.user_id IS 'Who played it; null where the event names nobody';
COMMENT ON COLUMN songplays.level IS 'Subscription at the time: free or paid';
COMMENT ON COLUMN songplays.song_id IS 'Song of the catalogue with this title and artist name, if any';
COMMENT ON COLUMN songplays.artist_id IS 'Artist of that song';
COMMENT ON COLUMN songplays.session_id IS 'Session in which it was played';
COMMENT ON COLUMN songplays.location IS 'Where the user was, as city and state';
COMMENT ON COLUMN songplays.user_agent IS 'Browser and system, as the browser gave them';
COMMENT ON COLUMN songplays.title IS 'Audit: title as the app wrote it, by which the play is linked';
COMMENT ON COLUMN songplays.artist_name IS 'Audit: artist name as the app wrote it, by which the play is linked';
