-- Visits: how long, how many songs, from where, with what.
CREATE TABLE sessions (
    user_id    BIGINT NOT NULL,
    session_id INTEGER NOT NULL,
    log_month  VARCHAR(7) NOT NULL,
    started_at TIMESTAMP NOT NULL,
    seconds    BIGINT NOT NULL,
    plays      BIGINT NOT NULL,
    paid_plays BIGINT NOT NULL,
    location   VARCHAR(1024),
    device     VARCHAR(16) NOT NULL,
    browser    VARCHAR(32) NOT NULL,
    PRIMARY KEY (user_id, session_id, log_month)
)
DISTKEY (user_id)  -- listeners are counted over it
SORTKEY (log_month);

COMMENT ON TABLE sessions IS 'Visits of users: length, plays, place, device and browser';
COMMENT ON COLUMN sessions.user_id IS 'Whose session; what nobody is named for is no session';
COMMENT ON COLUMN sessions.session_id IS 'Session, as the app numbers it';
COMMENT ON COLUMN sessions.log_month IS 'Log month; a session over the end of a month has a row in each';
COMMENT ON COLUMN sessions.started_at IS 'First event, UTC';
COMMENT ON COLUMN sessions.seconds IS 'From the first to the last event; what was heard after it is not in the log';
COMMENT ON COLUMN sessions.plays IS 'Songs played';
COMMENT ON COLUMN sessions.paid_plays IS 'Those of them played on the paid level';
COMMENT ON COLUMN sessions.location IS 'Where the user was, as city and state; of several, the first in order of text';
COMMENT ON COLUMN sessions.device IS 'Windows, Mac, Linux, iPhone, iPad, Android, other, or unknown without user agent';
COMMENT ON COLUMN sessions.browser IS 'Chrome, Safari, Firefox, Edge, Opera, Internet Explorer, Android Browser, other, or unknown';
