-- Who came, who stayed, who left; who began to pay and who stopped: growth, month by month.
CREATE TABLE monthly_users (
    log_month         VARCHAR(7) NOT NULL PRIMARY KEY,
    active_users      BIGINT NOT NULL,
    new_users         BIGINT NOT NULL,
    retained_users    BIGINT NOT NULL,
    resurrected_users BIGINT NOT NULL,
    lost_users        BIGINT NOT NULL,
    paid_users        BIGINT NOT NULL,
    conversions       BIGINT NOT NULL,
    downgrades        BIGINT NOT NULL,
    opened_upgrade    BIGINT NOT NULL,
    opened_downgrade  BIGINT NOT NULL,
    opened_cancel     BIGINT NOT NULL,
    cancelled         BIGINT NOT NULL
)
DISTSTYLE ALL  -- a row a month
SORTKEY (log_month);

COMMENT ON TABLE monthly_users IS 'Growth and churn: users gained, kept and lost, conversions and downgrades, by month';
COMMENT ON COLUMN monthly_users.log_month IS 'Month, as YYYY-MM; a month in which nobody came has no row';
COMMENT ON COLUMN monthly_users.active_users IS 'Users with any event in the month: new, retained and resurrected together';
COMMENT ON COLUMN monthly_users.new_users IS 'Users whose first event in the log was in this month: in the first month, all';
COMMENT ON COLUMN monthly_users.retained_users IS 'Users who were there the month before, too';
COMMENT ON COLUMN monthly_users.resurrected_users IS 'Users who were there before, but not the month before';
COMMENT ON COLUMN monthly_users.lost_users IS 'Users who were there the month before and not in this one; of a running month, so far';
COMMENT ON COLUMN monthly_users.paid_users IS 'Users whose last event of the month was on the paid level';
COMMENT ON COLUMN monthly_users.conversions IS 'Times that a user was seen to go from free to paid';
COMMENT ON COLUMN monthly_users.downgrades IS 'Times that a user was seen to go from paid to free';
COMMENT ON COLUMN monthly_users.opened_upgrade IS 'Users who opened the Upgrade page';
COMMENT ON COLUMN monthly_users.opened_downgrade IS 'Users who opened the Downgrade page';
COMMENT ON COLUMN monthly_users.opened_cancel IS 'Users who opened the Cancel page';
COMMENT ON COLUMN monthly_users.cancelled IS 'Users whose cancellation was confirmed';
