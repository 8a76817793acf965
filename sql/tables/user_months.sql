-- What the latest event of each month says of each user, so that `users` reads months, not history.
CREATE TABLE user_months (
    user_id    BIGINT NOT NULL,
    log_month  VARCHAR(7) NOT NULL,
    first_name VARCHAR(1024),
    last_name  VARCHAR(1024),
    gender     VARCHAR(1024),
    level      VARCHAR(1024),
    PRIMARY KEY (user_id, log_month)
)
DISTKEY (user_id)  -- reduced by user
SORTKEY (log_month);

COMMENT ON TABLE user_months IS 'Each user as the latest event of each month shows them';
COMMENT ON COLUMN user_months.user_id IS 'Identifier of the user';
COMMENT ON COLUMN user_months.log_month IS 'Log month, as YYYY-MM';
COMMENT ON COLUMN user_months.first_name IS 'First name';
COMMENT ON COLUMN user_months.last_name IS 'Last name';
COMMENT ON COLUMN user_months.gender IS 'F or M';
COMMENT ON COLUMN user_months.level IS 'Subscription at the end of the month: free or paid';
