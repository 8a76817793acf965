-- Marks copied events that break a rule which COPY does not know. Of two faults the last is told.
-- :log_month                   the month of the files, as 'YYYY-MM'
-- :first_moment, :end_moment   its first moment and that of the next month, in ms since the epoch

UPDATE copied_events
SET fault = 'ts ' || ts_text || ' lies outside ' || :log_month || ', the month of its folder'
WHERE ts < :first_moment
    OR ts >= :end_moment;

-- Should COPY take a number that is too large for infinite.
UPDATE copied_events
SET fault = 'length is out of range'
WHERE ABS(length) > CAST('1.7976931348623157E308' AS DOUBLE PRECISION);

UPDATE copied_events
SET fault = 'registration is out of range'
WHERE ABS(registration) > CAST('1.7976931348623157E308' AS DOUBLE PRECISION);

UPDATE copied_events
SET fault = 'ts is not an integer'
WHERE ts_text !~ '^-?[0-9]+$';

UPDATE copied_events
SET fault = 'itemInSession is not an integer'
WHERE item_in_session_text !~ '^-?[0-9]+$';

UPDATE copied_events
SET fault = 'sessionId is not an integer'
WHERE session_id_text !~ '^-?[0-9]+$';

UPDATE copied_events
SET fault = 'status is not an integer'
WHERE status_text !~ '^-?[0-9]+$';

UPDATE copied_events
SET fault = 'userId is not an integer'
WHERE user_id !~ '^-?[0-9]+$';

UPDATE copied_events
SET fault = 'length is not a number'
WHERE length_text !~ '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$';

UPDATE copied_events
SET fault = 'registration is not a number'
WHERE registration_text !~ '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$';
