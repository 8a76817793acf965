-- Every moment at which a song began, taken apart.
CREATE TABLE time (
    start_time TIMESTAMP NOT NULL PRIMARY KEY,
    hour       INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    week       INTEGER NOT NULL,
    month      INTEGER NOT NULL,
    year       INTEGER NOT NULL,
    weekday    INTEGER NOT NULL
)
DISTSTYLE EVEN  -- as long as songplays, and seldom joined: the moment is in the play itself
SORTKEY (start_time);

COMMENT ON TABLE time IS 'Every moment at which a song began, taken apart';
COMMENT ON COLUMN time.start_time IS 'The moment, UTC, to the millisecond';
COMMENT ON COLUMN time.hour IS 'Hour of the day, 0 to 23';
COMMENT ON COLUMN time.day IS 'Day of the month, 1 to 31';
COMMENT ON COLUMN time.week IS 'ISO week of the year, 1 to 53';
COMMENT ON COLUMN time.month IS 'Month, 1 to 12';
COMMENT ON COLUMN time.year IS 'Year';
COMMENT ON COLUMN time.weekday IS 'Day of the week, 0 for Sunday to 6 for Saturday';
