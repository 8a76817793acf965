-- What the warehouse knows of itself: its source, and the definitions its tables were made from.
CREATE TABLE warehouse_state (
    name  VARCHAR(64) NOT NULL PRIMARY KEY,
    value VARCHAR(2048) NOT NULL
)
DISTSTYLE ALL  -- a handful of rows
SORTKEY (name);

COMMENT ON TABLE warehouse_state IS 'What the warehouse knows of itself';
COMMENT ON COLUMN warehouse_state.name IS 'source, or table: and the name of a table';
COMMENT ON COLUMN warehouse_state.value IS 'Where the files came from, or the digest of the definition';
