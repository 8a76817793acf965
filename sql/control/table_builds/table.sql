-- For each table and month, what it was built from: a load rebuilds what differs.
CREATE TABLE table_builds (
    table_name    VARCHAR(64) NOT NULL,
    log_month     VARCHAR(7) NOT NULL,
    inputs        VARCHAR(64) NOT NULL,
    version       VARCHAR(64) NOT NULL,
    checked       VARCHAR(64),
    row_count     BIGINT NOT NULL,
    built_at      TIMESTAMP NOT NULL,
    change_number BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (table_name, log_month)
)
DISTSTYLE ALL  -- small, and read in full
SORTKEY (table_name);

COMMENT ON TABLE table_builds IS 'For each table and month, what it was built from';
COMMENT ON COLUMN table_builds.table_name IS 'Table';
COMMENT ON COLUMN table_builds.log_month IS 'Log month, as YYYY-MM; all for a table that is built in full';
COMMENT ON COLUMN table_builds.inputs IS 'Digest of its SQL and of what it reads';
COMMENT ON COLUMN table_builds.version IS 'Identifies the content: tables that read all of it are built again when this differs';
COMMENT ON COLUMN table_builds.checked IS 'Digest of the checks that these rows passed';
COMMENT ON COLUMN table_builds.row_count IS 'Rows of the table in this month';
COMMENT ON COLUMN table_builds.built_at IS 'When it was built, UTC';
COMMENT ON COLUMN table_builds.change_number IS 'Newest change of the month that its rows contain; 0 for a table that is built in full';
