-- Of the users who came first in one week, how many come again in each week after it.
CREATE TABLE weekly_retention (
    cohort_week    DATE NOT NULL,
    weeks_later    INTEGER NOT NULL,
    cohort_users   BIGINT NOT NULL,
    retained_users BIGINT NOT NULL,
    retention      DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (cohort_week, weeks_later)
)
DISTSTYLE ALL  -- a few rows a week
SORTKEY (cohort_week);

COMMENT ON TABLE weekly_retention IS 'Retention by weekly cohort: users of one first week who are active in later weeks';
COMMENT ON COLUMN weekly_retention.cohort_week IS 'Monday of the week (UTC) of the users'' first event in the log';
COMMENT ON COLUMN weekly_retention.weeks_later IS 'Weeks after it, from 0; a week in which none of them came has no row';
COMMENT ON COLUMN weekly_retention.cohort_users IS 'Users of the cohort';
COMMENT ON COLUMN weekly_retention.retained_users IS 'Those of them with any event in that week';
COMMENT ON COLUMN weekly_retention.retention IS 'retained_users / cohort_users, 0 to 1';
