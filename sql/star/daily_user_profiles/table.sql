-- Each user as the latest event of each day shows them, so that `users` reads days, not events.
CREATE TABLE daily_user_profiles (
    user_id    BIGINT NOT NULL,
    day        DATE NOT NULL,
    first_name VARCHAR(1024),
    last_name  VARCHAR(1024),
    gender     VARCHAR(1024),
    level      VARCHAR(1024),
    PRIMARY KEY (user_id, day)
)
DISTKEY (user_id)  -- reduced by user
SORTKEY (day);

COMMENT ON TABLE daily_user_profiles IS 'Each user as the latest event of each day shows them';
COMMENT ON COLUMN daily_user_profiles.user_id IS 'Identifier of the user';
COMMENT ON COLUMN daily_user_profiles.day IS 'Day, UTC';
COMMENT ON COLUMN daily_user_profiles.first_name IS 'First name';
COMMENT ON COLUMN daily_user_profiles.last_name IS 'Last name';
COMMENT ON COLUMN daily_user_profiles.gender IS 'F or M';
COMMENT ON COLUMN daily_user_profiles.level IS 'Subscription at the end of the day: free or paid';
