-- The load errors, and the catalogue views that a client of Redshift asks.

-- A user's own rows and objects; the owner of the database is Redshift's administrator.
CREATE FUNCTION redshift.is_administrator() RETURNS boolean LANGUAGE sql STABLE
    RETURN (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database
            WHERE datname = pg_catalog.current_database());
CREATE FUNCTION redshift.may_use(relation oid, owner oid) RETURNS boolean LANGUAGE sql STABLE
    RETURN redshift.is_administrator() OR pg_has_role(owner, 'USAGE')
        OR has_table_privilege(relation, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES');

-- Which table refers to which, by object identifier.
CREATE TABLE redshift.foreign_key (referring bigint, referred bigint);

CREATE TABLE redshift.load_history (
    visible_at timestamptz, usename text, user_id integer, query_id bigint, transaction_id bigint,
    session_id integer, table_name text, data_source text, start_time timestamp,
    end_time timestamp, status text, loaded_rows bigint
);

CREATE TABLE redshift.load_error (
    error_id bigint, visible_at timestamptz, usename text, userid integer, slice integer,
    tbl integer, starttime timestamp, session integer, query bigint, sys_query bigint,
    transaction bigint, filename text, line_number bigint, colname text, type text, col_length text, "position" integer, raw_line text,
    raw_field_value text, err_code integer, err_reason text
);

-- A row is written twice: within the load's transaction, whose snapshot sees no later commits, and
-- by a connection of its own, which no rollback takes back. Hence DISTINCT.
CREATE VIEW redshift.visible_load_error AS
SELECT DISTINCT * FROM redshift.load_error
WHERE visible_at <= clock_timestamp() AND (usename = current_user OR redshift.is_administrator());

CREATE VIEW redshift.stl_load_errors AS
SELECT userid, slice, tbl, starttime, session, query::integer AS query, filename::char(256) AS filename,
    line_number, colname::char(127) AS colname, type::char(10) AS type,
    col_length::char(10) AS col_length, "position", raw_line::char(1024) AS raw_line,
    raw_field_value::char(1024) AS raw_field_value, err_code, err_reason::char(100) AS err_reason,
    0 AS is_partial, 0::bigint AS start_offset, -1::bigint AS copy_job_id
FROM redshift.visible_load_error
WHERE current_setting('redshift.kind', true) IS DISTINCT FROM 'serverless';

CREATE VIEW redshift.sys_load_history AS
SELECT user_id, query_id, transaction_id, session_id,
    redshift.current_database()::char(64) AS database_name, status, table_name::char(128) AS table_name,
    start_time, end_time, 'JSON'::char(16) AS file_format, data_source::char(1024) AS data_source,
    loaded_rows, 0::bigint AS file_bytes_scanned
FROM redshift.load_history
WHERE visible_at <= clock_timestamp() AND (usename = current_user OR redshift.is_administrator());

-- Empty, unless a test fills it: what was sent is in the stand-in's `statements`.
CREATE TABLE redshift.sys_query_history (
    user_id integer, query_id bigint, query_label char(320), transaction_id bigint,
    session_id integer, database_name char(128), query_type char(32), status char(10),
    start_time timestamp, end_time timestamp, elapsed_time bigint
);

CREATE VIEW redshift.sys_load_error_detail AS
SELECT userid AS user_id, sys_query AS query_id, transaction AS transaction_id, session AS session_id,
    redshift.current_database()::char(64) AS database_name, tbl AS table_id,
    starttime AS start_time, filename::char(256) AS file_name, line_number,
    colname::char(127) AS column_name, type::char(10) AS column_type,
    col_length::char(10) AS column_length, "position", err_code AS error_code,
    err_reason::char(512) AS error_message
FROM redshift.visible_load_error;

CREATE VIEW redshift.svv_columns AS
SELECT redshift.current_database() AS table_catalog, n.nspname::text AS table_schema,
    c.relname::text AS table_name, a.attname::text AS column_name,
    a.attnum::integer AS ordinal_position, pg_get_expr(d.adbin, d.adrelid) AS column_default,
    CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable,
    CASE WHEN t.typname = 'varchar' THEN 'character varying'
         ELSE format_type(a.atttypid, NULL) END AS data_type,
    CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 0
         THEN a.atttypmod - 4 END AS character_maximum_length,
    col_description(c.oid, a.attnum) AS remarks
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'v')
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pg_catalog', 'redshift')
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname <> 'information_schema'
    AND redshift.may_use(c.oid, c.relowner);

CREATE VIEW redshift.pg_table_def AS
SELECT table_schema AS schemaname, table_name AS tablename, column_name AS "column",
    data_type || coalesce('(' || character_maximum_length || ')', '') AS type,
    'none' AS encoding, false AS distkey, 0 AS sortkey, is_nullable = 'NO' AS "notnull"
FROM redshift.svv_columns
WHERE table_schema = ANY (current_schemas(false));

CREATE VIEW redshift.svv_tables AS
SELECT redshift.current_database() AS table_catalog, n.nspname::text AS table_schema,
    c.relname::text AS table_name,
    CASE c.relkind WHEN 'r' THEN 'BASE TABLE' ELSE 'VIEW' END AS table_type,
    obj_description(c.oid) AS remarks
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pg_catalog', 'redshift')
WHERE c.relkind IN ('r', 'v') AND n.nspname <> 'information_schema'
    AND redshift.may_use(c.oid, c.relowner);

-- As in Redshift, an empty table has no row here.
CREATE VIEW redshift.svv_table_info AS
SELECT redshift.current_database() AS database, n.nspname::text AS schema, c.oid::integer AS table_id,
    c.relname::text AS "table", 'N' AS encoded, 'AUTO(ALL)' AS diststyle, NULL::text AS sortkey1,
    (pg_relation_size(c.oid) / 1048576 + 1)::bigint AS size, c.reltuples::numeric AS tbl_rows
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pg_catalog', 'redshift')
WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND pg_relation_size(c.oid) > 0;

CREATE VIEW redshift.stv_db_isolation_level AS
SELECT redshift.current_database() AS db_name, 'Snapshot Isolation' AS isolation_level;

-- Every user sees the transactions of all; PostgreSQL shows their own only.
CREATE FUNCTION redshift.all_activity() RETURNS SETOF pg_stat_activity
    LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT * FROM pg_stat_activity';

CREATE VIEW redshift.svv_transactions AS
SELECT a.usename::text AS txn_owner, redshift.current_database() AS txn_db,
    a.backend_xid::text::bigint AS xid, l.pid, a.xact_start AT TIME ZONE 'UTC' AS txn_start,
    l.mode::text AS lock_mode, l.locktype::text AS lockable_object_type,
    l.relation::integer AS relation, l.granted
FROM pg_locks l
JOIN redshift.all_activity() a ON a.pid = l.pid
WHERE l.locktype = 'relation';
