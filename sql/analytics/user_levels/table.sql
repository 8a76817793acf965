-- The events at which a user's level is first seen on a day, or seen to change within it.
-- Levels of all days in a row give level_changes without reading the log again.
CREATE TABLE user_levels (
    user_id      BIGINT NOT NULL,
    day          DATE NOT NULL,
    event_number INTEGER NOT NULL,
    ts           BIGINT NOT NULL,
    level        VARCHAR(1024) NOT NULL,
    PRIMARY KEY (user_id, day, event_number)
)
DISTKEY (user_id)  -- changes are found user by user, on one node
SORTKEY (day);

COMMENT ON TABLE user_levels IS 'Where a level begins: a user''s first level of each day, and each change within it';
COMMENT ON COLUMN user_levels.user_id IS 'Identifier of the user';
COMMENT ON COLUMN user_levels.day IS 'Day, UTC';
COMMENT ON COLUMN user_levels.event_number IS 'Which of the user''s events of the day shows it, from 1';
COMMENT ON COLUMN user_levels.ts IS 'Time of that event, in ms since the epoch, UTC';
COMMENT ON COLUMN user_levels.level IS 'Subscription from then on: free or paid';
