-- Builds that were not published because a check failed. They are tried again when what they read,
-- their SQL or their checks change, or on request.
CREATE TABLE failed_builds (
    table_name VARCHAR(64) NOT NULL,
    log_month  VARCHAR(7) NOT NULL,
    attempt    VARCHAR(64) NOT NULL,
    reason     VARCHAR(4096) NOT NULL,
    failed_at  TIMESTAMP NOT NULL,
    PRIMARY KEY (table_name, log_month)
)
DISTSTYLE ALL  -- few rows
SORTKEY (table_name);

COMMENT ON TABLE failed_builds IS 'Builds that were not published because a check failed';
COMMENT ON COLUMN failed_builds.table_name IS 'Table';
COMMENT ON COLUMN failed_builds.log_month IS 'Log month, as YYYY-MM; all for a table that is built in full';
COMMENT ON COLUMN failed_builds.attempt IS 'Digest of the inputs, the SQL and the checks that failed';
COMMENT ON COLUMN failed_builds.reason IS 'Which checks failed, and how many rows';
COMMENT ON COLUMN failed_builds.failed_at IS 'When, UTC';
