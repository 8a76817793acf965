-- The rows that late rows of another table link anew, such as plays of songs that arrived after
-- them, until their table is built.
CREATE TABLE relinked_rows (
    table_name    VARCHAR(64) NOT NULL,
    log_month     VARCHAR(7) NOT NULL,
    change_number BIGINT NOT NULL,
    key_value     VARCHAR(64) NOT NULL,
    PRIMARY KEY (table_name, log_month, change_number, key_value)
)
DISTKEY (key_value)  -- joined to the rows by their key
SORTKEY (log_month);

COMMENT ON TABLE relinked_rows IS 'Rows that late rows of another table link anew, until their table is built';
COMMENT ON COLUMN relinked_rows.table_name IS 'Table of the row, such as songplays';
COMMENT ON COLUMN relinked_rows.log_month IS 'Log month of the row, as YYYY-MM';
COMMENT ON COLUMN relinked_rows.change_number IS 'Change of the month that this is part of';
COMMENT ON COLUMN relinked_rows.key_value IS 'Primary key of the row';
