-- When people listen: by weekday and hour.
CREATE TABLE listening_hours (
    log_month VARCHAR(7) NOT NULL,
    weekday   INTEGER NOT NULL,
    hour      INTEGER NOT NULL,
    level     VARCHAR(1024) NOT NULL,
    plays     BIGINT NOT NULL,
    listeners BIGINT NOT NULL,
    PRIMARY KEY (log_month, weekday, hour, level)
)
DISTSTYLE ALL  -- at most 168 rows a month and level
SORTKEY (log_month);

COMMENT ON TABLE listening_hours IS 'When people listen: plays by month, weekday, hour (UTC) and level';
COMMENT ON COLUMN listening_hours.log_month IS 'Log month, as YYYY-MM';
COMMENT ON COLUMN listening_hours.weekday IS 'Day of the week, 0 for Sunday to 6 for Saturday';
COMMENT ON COLUMN listening_hours.hour IS 'Hour of the day, 0 to 23, UTC: the log does not tell the local time';
COMMENT ON COLUMN listening_hours.level IS 'Subscription at the time: free or paid; unknown where the event does not tell';
COMMENT ON COLUMN listening_hours.plays IS 'Songs played';
COMMENT ON COLUMN listening_hours.listeners IS 'Users who played a song; not to be added up';
