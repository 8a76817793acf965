-- For each table and month, what it was built from: a load rebuilds what differs.
CREATE TABLE table_builds (
    table_name VARCHAR(64) NOT NULL,
    log_month  VARCHAR(7) NOT NULL,
    inputs     VARCHAR(64) NOT NULL,
    version    VARCHAR(64) NOT NULL,
    checked    VARCHAR(64),
    row_count  BIGINT NOT NULL,
    built_at   TIMESTAMP NOT NULL,
    PRIMARY KEY (table_name, log_month)
)
DISTSTYLE ALL  -- small, and read whole
SORTKEY (table_name);

COMMENT ON TABLE table_builds IS 'For each table and month, what it was built from';
COMMENT ON COLUMN table_builds.table_name IS 'Table';
COMMENT ON COLUMN table_builds.log_month IS 'Log month, as YYYY-MM; all for a table that is built whole';
COMMENT ON COLUMN table_builds.inputs IS 'Digest of the versions of its inputs and of its SQL';
COMMENT ON COLUMN table_builds.version IS 'Digest that tells what is built on it whether it changed';
COMMENT ON COLUMN table_builds.checked IS 'Digest of the version and the checks that last passed';
COMMENT ON COLUMN table_builds.row_count IS 'Rows of the table in this month';
COMMENT ON COLUMN table_builds.built_at IS 'When it was built, UTC';
