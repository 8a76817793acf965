-- Everyone who appears in the log, as the latest event shows them.
CREATE TABLE users (
    user_id    BIGINT NOT NULL PRIMARY KEY,
    first_name VARCHAR(1024),
    last_name  VARCHAR(1024),
    gender     VARCHAR(1024),
    level      VARCHAR(1024)
)
DISTKEY (user_id)  -- meets songplays on the same node
SORTKEY (level);

COMMENT ON TABLE users IS 'Everyone in the log, as the latest event shows them';
COMMENT ON COLUMN users.user_id IS 'Identifier of the user';
COMMENT ON COLUMN users.first_name IS 'First name';
COMMENT ON COLUMN users.last_name IS 'Last name';
COMMENT ON COLUMN users.gender IS 'F or M';
COMMENT ON COLUMN users.level IS 'Latest subscription: free or paid';
