-- Marks copied events that break a rule which COPY does not know; of two faults the first is shown.
-- :log_month                   the month of the files, as 'YYYY-MM'
-- :first_moment, :end_moment   its first moment and that of the next month, in ms since the epoch
UPDATE copied_events
SET fault = CASE
    WHEN registration_text !~ '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$'
        THEN 'registration is not a number'
    WHEN length_text !~ '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$' THEN 'length is not a number'
    WHEN user_id !~ '^-?[0-9]+$' THEN 'userId is not an integer'
    WHEN status_text !~ '^-?[0-9]+$' THEN 'status is not an integer'
    WHEN session_id_text !~ '^-?[0-9]+$' THEN 'sessionId is not an integer'
    WHEN item_in_session_text !~ '^-?[0-9]+$' THEN 'itemInSession is not an integer'
    WHEN ts_text !~ '^-?[0-9]+$' THEN 'ts is not an integer'
    -- In case COPY takes a number that is too large for an infinite one.
    WHEN ABS(registration) > CAST('1.7976931348623157E308' AS DOUBLE PRECISION)
        THEN 'registration is out of range'
    WHEN ABS(length) > CAST('1.7976931348623157E308' AS DOUBLE PRECISION)
        THEN 'length is out of range'
    ELSE 'ts ' || ts_text || ' lies outside ' || :log_month || ', the month of its folder'
END
WHERE registration_text !~ '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$'
    OR length_text !~ '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$'
    OR user_id !~ '^-?[0-9]+$'
    OR status_text !~ '^-?[0-9]+$'
    OR session_id_text !~ '^-?[0-9]+$'
    OR item_in_session_text !~ '^-?[0-9]+$'
    OR ts_text !~ '^-?[0-9]+$'
    OR ABS(registration) > CAST('1.7976931348623157E308' AS DOUBLE PRECISION)
    OR ABS(length) > CAST('1.7976931348623157E308' AS DOUBLE PRECISION)
    OR ts < :first_moment
    OR ts >= :end_moment
