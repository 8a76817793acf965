-- The lock that every transaction of a load takes first. Nobody else reads or writes this table, so
-- that a load never waits for a reader, nor a reader for a load.
CREATE TABLE load_lock (
    name VARCHAR(64) NOT NULL
)
DISTSTYLE ALL  -- always empty
SORTKEY (name);

COMMENT ON TABLE load_lock IS 'Locked by every transaction that writes the warehouse; always empty';
COMMENT ON COLUMN load_lock.name IS 'Not used';
