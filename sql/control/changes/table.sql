-- What loads did to the source tables, numbered within each log month (and within the songs) in the
-- order of their commits. A table is current if it has reached the newest change that concerns it.
CREATE TABLE changes (
    log_month     VARCHAR(7) NOT NULL,
    change_number BIGINT NOT NULL,
    origin        VARCHAR(64) NOT NULL,
    days          VARCHAR(128) NOT NULL,
    made_at       TIMESTAMP NOT NULL,
    PRIMARY KEY (log_month, change_number)
)
DISTSTYLE ALL  -- small, and joined to table_builds
SORTKEY (log_month);

COMMENT ON TABLE changes IS 'Changes to staging and to links, numbered by log month, with the days that they touch';
COMMENT ON COLUMN changes.log_month IS 'Log month, as YYYY-MM; all for the songs';
COMMENT ON COLUMN changes.change_number IS 'Number of the change in its month, from 1; rows older than this record are of change 0';
COMMENT ON COLUMN changes.origin IS 'Table that changed: a staging table, or a table whose rows late songs link anew';
COMMENT ON COLUMN changes.days IS 'Days of the month in which its rows lie, or lay before, as 01,02,31; empty for none';
COMMENT ON COLUMN changes.made_at IS 'When it was made, UTC';
