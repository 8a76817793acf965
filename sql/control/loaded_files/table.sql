-- The ledger: every source file whose records are in staging, as it was when it was read.
CREATE TABLE loaded_files (
    file          VARCHAR(1024) NOT NULL PRIMARY KEY,
    log_month     VARCHAR(7),
    size          BIGINT NOT NULL,
    version       VARCHAR(128) NOT NULL,
    digest        VARCHAR(128) NOT NULL,
    rows_loaded   BIGINT,
    rows_rejected BIGINT,
    loaded_at     TIMESTAMP NOT NULL,
    change_number BIGINT NOT NULL DEFAULT 0
)
DISTSTYLE ALL  -- small, and read in full
SORTKEY (file);

COMMENT ON TABLE loaded_files IS 'The ledger: every source file whose records are in staging';
COMMENT ON COLUMN loaded_files.file IS 'Path relative to the source';
COMMENT ON COLUMN loaded_files.log_month IS 'Log month, as YYYY-MM; null for song files';
COMMENT ON COLUMN loaded_files.size IS 'Size, in bytes';
COMMENT ON COLUMN loaded_files.version IS 'ETag in S3, modification time (ns) on disk: decides whether to read the file';
COMMENT ON COLUMN loaded_files.digest IS 'SHA-256 on disk, ETag in S3: decides whether the content changed';
COMMENT ON COLUMN loaded_files.rows_loaded IS 'Records accepted; null where COPY does not report them by file';
COMMENT ON COLUMN loaded_files.rows_rejected IS 'Records rejected; null where COPY does not report them by file';
COMMENT ON COLUMN loaded_files.loaded_at IS 'When the file was loaded, UTC';
COMMENT ON COLUMN loaded_files.change_number IS 'Change of the log month (or of the songs) that brought its rows';
