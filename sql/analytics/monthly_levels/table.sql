-- Conversion and churn by level: what became of a month's free and paid users.
CREATE TABLE monthly_levels (
    log_month      VARCHAR(7) NOT NULL,
    level          VARCHAR(1024) NOT NULL,
    users          BIGINT NOT NULL,
    changed_users  BIGINT NOT NULL,
    retained_users BIGINT,
    PRIMARY KEY (log_month, level)
)
DISTSTYLE ALL  -- a few rows a month
SORTKEY (log_month);

COMMENT ON TABLE monthly_levels IS 'Users by month and by the level they came with, how many of them changed it, and how many were active in the next month';
COMMENT ON COLUMN monthly_levels.log_month IS 'Month, as YYYY-MM';
COMMENT ON COLUMN monthly_levels.level IS 'Level with which the users came into the month: their last before it, or for new users their first in it';
COMMENT ON COLUMN monthly_levels.users IS 'Users with any event in the month that has a level';
COMMENT ON COLUMN monthly_levels.changed_users IS 'Users whose level changed from this one in the month: converted from free, or downgraded from paid';
COMMENT ON COLUMN monthly_levels.retained_users IS 'Users with any event in the next month; null in the last month of the log';
