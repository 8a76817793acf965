-- The source of the warehouse, and the definitions that its tables were created from.
CREATE TABLE warehouse_state (
    name  VARCHAR(64) NOT NULL PRIMARY KEY,
    value VARCHAR(2048) NOT NULL
)
DISTSTYLE ALL  -- a handful of rows
SORTKEY (name);

COMMENT ON TABLE warehouse_state IS 'The source of the warehouse, and the definitions that its tables were created from';
COMMENT ON COLUMN warehouse_state.name IS 'source, or the name of a table after table:';
COMMENT ON COLUMN warehouse_state.value IS 'Where the files came from, or the digest of the definition';
