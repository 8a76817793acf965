-- kind: by day (ts)
-- The activity log as it came: one row per accepted record of log_data/YYYY/MM.
CREATE TABLE staging_events (
    artist          VARCHAR(1024),
    auth            VARCHAR(1024),
    first_name      VARCHAR(1024),
    gender          VARCHAR(1024),
    item_in_session INTEGER NOT NULL,
    last_name       VARCHAR(1024),
    length          DOUBLE PRECISION,
    level           VARCHAR(1024),
    location        VARCHAR(1024),
    method          VARCHAR(1024),
    page            VARCHAR(1024) NOT NULL,
    registration    DOUBLE PRECISION,
    session_id      INTEGER NOT NULL,
    song            VARCHAR(1024),
    status          INTEGER,
    ts              BIGINT NOT NULL,
    user_agent      VARCHAR(2048),
    user_id         VARCHAR(1024),
    log_month       VARCHAR(7) NOT NULL,
    change_number   BIGINT NOT NULL DEFAULT 0
)
DISTSTYLE EVEN  -- read once, day by day, and joined on no key of its own
SORTKEY (ts);

COMMENT ON TABLE staging_events IS 'Activity log as it came, one row per accepted record';
COMMENT ON COLUMN staging_events.artist IS 'Name of the artist played, as the app wrote it';
COMMENT ON COLUMN staging_events.auth IS 'Logged In, Logged Out, Guest or Cancelled';
COMMENT ON COLUMN staging_events.first_name IS 'First name of the user; null when logged out';
COMMENT ON COLUMN staging_events.gender IS 'F or M; null when logged out';
COMMENT ON COLUMN staging_events.item_in_session IS 'Position of the event in its session, from 0';
COMMENT ON COLUMN staging_events.last_name IS 'Last name of the user; null when logged out';
COMMENT ON COLUMN staging_events.length IS 'Length of the song played, in seconds';
COMMENT ON COLUMN staging_events.level IS 'Subscription at the time of the event: free or paid';
COMMENT ON COLUMN staging_events.location IS 'Where the user was, as city and state';
COMMENT ON COLUMN staging_events.method IS 'HTTP method of the request';
COMMENT ON COLUMN staging_events.page IS 'Page or action; NextSong is a play';
COMMENT ON COLUMN staging_events.registration IS 'When the user registered, in ms since the epoch';
COMMENT ON COLUMN staging_events.session_id IS 'Session that the event belongs to';
COMMENT ON COLUMN staging_events.song IS 'Title of the song played, as the app wrote it';
COMMENT ON COLUMN staging_events.status IS 'HTTP status of the answer';
COMMENT ON COLUMN staging_events.ts IS 'Time of the event, in ms since the epoch, UTC';
COMMENT ON COLUMN staging_events.user_agent IS 'Browser and system, as the browser gave them';
COMMENT ON COLUMN staging_events.user_id IS 'User, an integer written as text; null when logged out';
COMMENT ON COLUMN staging_events.log_month IS 'Month folder that the record came from, as YYYY-MM';
COMMENT ON COLUMN staging_events.change_number IS 'Change of the log month that brought the row; files that were read together share it';
