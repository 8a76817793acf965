-- How many people use the app: each day, and over the 7 and 30 days that end with it.
CREATE TABLE daily_users (
    day            DATE NOT NULL PRIMARY KEY,
    active_users   BIGINT NOT NULL,
    new_users      BIGINT NOT NULL,
    weekly_active  BIGINT NOT NULL,
    monthly_active BIGINT NOT NULL
)
DISTSTYLE ALL  -- a row a day
SORTKEY (day);

COMMENT ON TABLE daily_users IS 'Daily, weekly and monthly active users (DAU, WAU, MAU) and new users, by day';
COMMENT ON COLUMN daily_users.day IS 'Day, UTC; a day on which nobody came has no row';
COMMENT ON COLUMN daily_users.active_users IS 'Users with any event that day (DAU)';
COMMENT ON COLUMN daily_users.new_users IS 'Users whose first event in the log was that day: on the log''s first days, nearly all';
COMMENT ON COLUMN daily_users.weekly_active IS 'Users with any event in the 7 days that end with this one (WAU)';
COMMENT ON COLUMN daily_users.monthly_active IS 'Users with any event in the 30 days that end with this one (MAU)';
