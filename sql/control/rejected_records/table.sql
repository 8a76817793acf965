-- Every record of a loaded file that is not in staging, and why; and the first rejects of a load
-- that failed because it had too many.
CREATE TABLE rejected_records (
    file          VARCHAR(1024) NOT NULL,
    log_month     VARCHAR(7),
    line          BIGINT NOT NULL,
    reason        VARCHAR(1024) NOT NULL,
    raw_text      VARCHAR(4096),
    change_number BIGINT NOT NULL DEFAULT 0,
    load_failed   BOOLEAN NOT NULL DEFAULT FALSE
)
DISTSTYLE EVEN  -- few rows, read by people
SORTKEY (log_month);

COMMENT ON TABLE rejected_records IS 'Every record of a loaded file that is not in staging, and why';
COMMENT ON COLUMN rejected_records.file IS 'Path relative to the source';
COMMENT ON COLUMN rejected_records.log_month IS 'Log month, as YYYY-MM; null for song files';
COMMENT ON COLUMN rejected_records.line IS 'Line on which the record began, from 1';
COMMENT ON COLUMN rejected_records.reason IS 'What is wrong with it';
COMMENT ON COLUMN rejected_records.raw_text IS 'First 1,024 bytes of the record; bytes that are not text as \xNN';
COMMENT ON COLUMN rejected_records.change_number IS 'Change of the log month (or of the songs) that read it';
COMMENT ON COLUMN rejected_records.load_failed IS 'Whether its load failed, so that nothing of it is in staging; kept until the next load';
