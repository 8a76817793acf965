-- How much is played each day, free against paid, and how much of it the catalogue knows.
CREATE TABLE daily_plays (
    day          DATE NOT NULL,
    level        VARCHAR(1024) NOT NULL,
    plays        BIGINT NOT NULL,
    linked_plays BIGINT NOT NULL,
    listeners    BIGINT NOT NULL,
    PRIMARY KEY (day, level)
)
DISTSTYLE ALL  -- a few rows a day
SORTKEY (day);

COMMENT ON TABLE daily_plays IS 'Plays by day and level, and how many of them the catalogue knows';
COMMENT ON COLUMN daily_plays.day IS 'Day, UTC';
COMMENT ON COLUMN daily_plays.level IS 'Subscription at the time: free or paid; unknown where the event does not say';
COMMENT ON COLUMN daily_plays.plays IS 'Songs played';
COMMENT ON COLUMN daily_plays.linked_plays IS 'Plays of a song of the catalogue: linked_plays / plays is the share linked';
COMMENT ON COLUMN daily_plays.listeners IS 'Users who played a song; not to be added up over days';
