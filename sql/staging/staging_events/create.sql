-- What COPY reads of log files, before the rules that it cannot state are applied.
-- Numbers are read twice: as numbers, so that COPY refuses what is none, with file and line; and
-- as text, since COPY also takes forms of a number that the project does not.
CREATE TEMP TABLE copied_events (
    artist               VARCHAR(1024),
    auth                 VARCHAR(1024),
    first_name           VARCHAR(1024),
    gender               VARCHAR(1024),
    item_in_session      INTEGER NOT NULL,
    last_name            VARCHAR(1024),
    length               DOUBLE PRECISION,
    level                VARCHAR(1024),
    location             VARCHAR(1024),
    method               VARCHAR(1024),
    page                 VARCHAR(1024) NOT NULL,
    registration         DOUBLE PRECISION,
    session_id           INTEGER NOT NULL,
    song                 VARCHAR(1024),
    status               INTEGER,
    ts                   BIGINT NOT NULL,
    user_agent           VARCHAR(2048),
    user_id              VARCHAR(1024),
    user_id_number       BIGINT,
    item_in_session_text VARCHAR(1024),
    length_text          VARCHAR(1024),
    registration_text    VARCHAR(1024),
    session_id_text      VARCHAR(1024),
    status_text          VARCHAR(1024),
    ts_text              VARCHAR(1024)
)
DISTSTYLE EVEN;  -- as staging_events, so that rows need not move
