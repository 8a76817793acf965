-- Copies log files where they lie. What COPY rejects is in sys_load_error_detail.
-- :manifest    the files, and no others
-- :jsonpaths   jsonpaths.json, in the order of these columns
-- :iam_role    the role that may read both; :region is where they are
-- :max_errors  rejects at which COPY fails: one more than the month may still hold
COPY copied_events (
    artist, auth, first_name, gender, item_in_session, last_name, length, level, location, method,
    page, registration, session_id, song, status, ts, user_agent, user_id,
    user_id_number, item_in_session_text, length_text, registration_text, session_id_text,
    status_text, ts_text
)
FROM :manifest
IAM_ROLE :iam_role
MANIFEST
FORMAT JSON :jsonpaths
REGION :region
MAXERROR :max_errors
EMPTYASNULL
COMPUPDATE OFF
STATUPDATE OFF
