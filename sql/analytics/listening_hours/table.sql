-- When people listen: by day and hour.
CREATE TABLE listening_hours (
    day       DATE NOT NULL,
    hour      INTEGER NOT NULL,
    level     VARCHAR(1024) NOT NULL,
    plays     BIGINT NOT NULL,
    listeners BIGINT NOT NULL,
    PRIMARY KEY (day, hour, level)
)
DISTSTYLE ALL  -- at most 24 rows a day and level
SORTKEY (day);

COMMENT ON TABLE listening_hours IS 'When people listen: plays by day, hour (UTC) and level';
COMMENT ON COLUMN listening_hours.day IS 'Day, UTC';
COMMENT ON COLUMN listening_hours.hour IS 'Hour of the day, 0 to 23, UTC: the log does not contain the local time';
COMMENT ON COLUMN listening_hours.level IS 'Subscription at the time: free or paid; unknown where the event does not say';
COMMENT ON COLUMN listening_hours.plays IS 'Songs played';
COMMENT ON COLUMN listening_hours.listeners IS 'Users who played a song; not to be added up over hours or days';
