-- Who was there on which day: what daily, weekly and monthly users and retention are counted from.
CREATE TABLE user_days (
    user_id          BIGINT NOT NULL,
    day              DATE NOT NULL,
    plays            BIGINT NOT NULL,
    paid_plays       BIGINT NOT NULL,
    opened_upgrade   INTEGER NOT NULL,
    opened_downgrade INTEGER NOT NULL,
    opened_cancel    INTEGER NOT NULL,
    cancelled        INTEGER NOT NULL,
    PRIMARY KEY (user_id, day)
)
DISTKEY (user_id)  -- first and next days are found user by user, on one node
SORTKEY (day);

COMMENT ON TABLE user_days IS 'Active days: one row per user and day (UTC) with any event of theirs';
COMMENT ON COLUMN user_days.user_id IS 'Who was active';
COMMENT ON COLUMN user_days.day IS 'Day, UTC';
COMMENT ON COLUMN user_days.plays IS 'Songs played that day';
COMMENT ON COLUMN user_days.paid_plays IS 'Those of them played on the paid level';
COMMENT ON COLUMN user_days.opened_upgrade IS '1 where the user opened the Upgrade page, else 0';
COMMENT ON COLUMN user_days.opened_downgrade IS '1 where the user opened the Downgrade page, else 0';
COMMENT ON COLUMN user_days.opened_cancel IS '1 where the user opened the Cancel page, else 0';
COMMENT ON COLUMN user_days.cancelled IS '1 where the cancellation was confirmed, else 0';
