-- Every time a user was seen to change from free to paid, or back, and how long it took.
CREATE TABLE level_changes (
    user_id             BIGINT NOT NULL,
    change_number       INTEGER NOT NULL,
    changed_at          TIMESTAMP NOT NULL,
    from_level          VARCHAR(1024) NOT NULL,
    to_level            VARCHAR(1024) NOT NULL,
    from_level_since    TIMESTAMP NOT NULL,
    days_at_from_level  INTEGER NOT NULL,
    PRIMARY KEY (user_id, change_number)
)
DISTKEY (user_id)  -- asked for with the user
SORTKEY (changed_at);

COMMENT ON TABLE level_changes IS 'Conversions (free to paid) and downgrades (paid to free), and the time to each';
COMMENT ON COLUMN level_changes.user_id IS 'Who changed';
COMMENT ON COLUMN level_changes.change_number IS 'Which of the user''s changes, from 1';
COMMENT ON COLUMN level_changes.changed_at IS 'First event on the new level, UTC';
COMMENT ON COLUMN level_changes.from_level IS 'Level before';
COMMENT ON COLUMN level_changes.to_level IS 'Level after';
COMMENT ON COLUMN level_changes.from_level_since IS 'First event on the level before, in an unbroken row; for a first change, the first in the log';
COMMENT ON COLUMN level_changes.days_at_from_level IS 'Whole days from then to the change: for a first change to paid, the time to convert';
