-- Visits, cut at midnight: what `sessions` is made of, so that a month is put together from its days.
CREATE TABLE session_days (
    user_id    BIGINT NOT NULL,
    session_id INTEGER NOT NULL,
    day        DATE NOT NULL,
    first_ts   BIGINT NOT NULL,
    last_ts    BIGINT NOT NULL,
    plays      BIGINT NOT NULL,
    paid_plays BIGINT NOT NULL,
    location   VARCHAR(1024),
    user_agent VARCHAR(2048),
    PRIMARY KEY (user_id, session_id, day)
)
DISTKEY (user_id)  -- sessions are put together user by user, on one node
SORTKEY (day);

COMMENT ON TABLE session_days IS 'Visits of users by day: first and last event, plays, place and browser';
COMMENT ON COLUMN session_days.user_id IS 'Whose session; events without a user belong to no session';
COMMENT ON COLUMN session_days.session_id IS 'Session, as the app numbers it';
COMMENT ON COLUMN session_days.day IS 'Day, UTC';
COMMENT ON COLUMN session_days.first_ts IS 'First event of the day, in ms since the epoch, UTC';
COMMENT ON COLUMN session_days.last_ts IS 'Last event of the day, in ms since the epoch, UTC';
COMMENT ON COLUMN session_days.plays IS 'Songs played';
COMMENT ON COLUMN session_days.paid_plays IS 'Those of them played on the paid level';
COMMENT ON COLUMN session_days.location IS 'Where the user was, as city and state; of several, the first in order of text';
COMMENT ON COLUMN session_days.user_agent IS 'Browser and system, as the browser gave them; of several, the first in order of text';
