-- How many days in a row users come.
CREATE TABLE user_streaks (
    user_id   BIGINT NOT NULL,
    first_day DATE NOT NULL,
    last_day  DATE NOT NULL,
    days      BIGINT NOT NULL,
    PRIMARY KEY (user_id, first_day)
)
DISTKEY (user_id)  -- computed user by user
SORTKEY (last_day);

COMMENT ON TABLE user_streaks IS 'Streaks: days in a row on which a user was active, one row per streak';
COMMENT ON COLUMN user_streaks.user_id IS 'User';
COMMENT ON COLUMN user_streaks.first_day IS 'First day of the streak, UTC; the user was not active on the day before';
COMMENT ON COLUMN user_streaks.last_day IS 'Last day of the streak, UTC; the user was not active on the day after, or the log ends';
COMMENT ON COLUMN user_streaks.days IS 'Days of the streak, at least 1';
