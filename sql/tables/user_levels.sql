-- The moments at which a user's level is first seen in a month, or seen to change within it.
-- Levels of all months put one after another give level_changes without reading the log again.
CREATE TABLE user_levels (
    user_id      BIGINT NOT NULL,
    log_month    VARCHAR(7) NOT NULL,
    event_number INTEGER NOT NULL,
    ts           BIGINT NOT NULL,
    level        VARCHAR(1024) NOT NULL,
    PRIMARY KEY (user_id, log_month, event_number)
)
DISTKEY (user_id)  -- changes are found user by user, on one node
SORTKEY (log_month);

COMMENT ON TABLE user_levels IS 'Where a level begins: a user''s first level of each month, and each change within it';
COMMENT ON COLUMN user_levels.user_id IS 'Identifier of the user';
COMMENT ON COLUMN user_levels.log_month IS 'Log month, as YYYY-MM';
COMMENT ON COLUMN user_levels.event_number IS 'Which of the user''s events of the month shows it, from 1';
COMMENT ON COLUMN user_levels.ts IS 'Time of that event, in ms since the epoch, UTC';
COMMENT ON COLUMN user_levels.level IS 'Subscription from then on: free or paid';
