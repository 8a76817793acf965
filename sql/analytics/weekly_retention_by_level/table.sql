-- Weekly retention, for users who began on the free and on the paid level.
CREATE TABLE weekly_retention_by_level (
    cohort_week    DATE NOT NULL,
    level          VARCHAR(1024) NOT NULL,
    weeks_later    INTEGER NOT NULL,
    cohort_users   BIGINT NOT NULL,
    retained_users BIGINT NOT NULL,
    PRIMARY KEY (cohort_week, level, weeks_later)
)
DISTSTYLE ALL  -- a few rows a week
SORTKEY (cohort_week);

COMMENT ON TABLE weekly_retention_by_level IS 'Retention by weekly cohort and first level: users of one first week who are active in later weeks';
COMMENT ON COLUMN weekly_retention_by_level.cohort_week IS 'Monday of the week (UTC) of the users'' first event in the log';
COMMENT ON COLUMN weekly_retention_by_level.level IS 'First level of the users in the log: free, paid, or unknown if no event of theirs has one';
COMMENT ON COLUMN weekly_retention_by_level.weeks_later IS 'Weeks after the cohort''s week, from 0; a week in which none of them was active has no row';
COMMENT ON COLUMN weekly_retention_by_level.cohort_users IS 'Users of the cohort';
COMMENT ON COLUMN weekly_retention_by_level.retained_users IS 'Users of the cohort with any event in that week';
