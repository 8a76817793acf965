-- Keys that disappeared from a table that others refer to, until these references are checked.
CREATE TABLE removed_keys (
    table_name VARCHAR(64) NOT NULL,
    key_value  VARCHAR(64) NOT NULL
)
DISTSTYLE ALL  -- few rows
SORTKEY (table_name);

COMMENT ON TABLE removed_keys IS 'Keys that disappeared from a table, until the references to it are checked';
COMMENT ON COLUMN removed_keys.table_name IS 'Table that lost the key';
COMMENT ON COLUMN removed_keys.key_value IS 'The key, as text';
