-- Functions that Redshift has and PostgreSQL has not, or has with another meaning.

CREATE FUNCTION redshift.raise(state text, message text, detail text) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = state, MESSAGE = message, DETAIL = detail;
END
$$;

-- The session writes the number in: PostgreSQL's own settings would go with a rollback.
CREATE FUNCTION redshift.pg_last_copy_id(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
    RETURN number;
CREATE FUNCTION redshift.pg_last_copy_count(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
    RETURN number;

CREATE FUNCTION redshift.version() RETURNS text LANGUAGE sql IMMUTABLE
    RETURN 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.77467';

CREATE FUNCTION redshift.current_database() RETURNS text LANGUAGE sql STABLE
    RETURN current_setting('redshift.database');

CREATE FUNCTION redshift.getdate() RETURNS timestamp LANGUAGE sql STABLE
    RETURN date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC');

CREATE FUNCTION redshift.len(value text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
    RETURN char_length(value);
CREATE FUNCTION redshift.textlen(value text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
    RETURN char_length(value);
CREATE FUNCTION redshift.charindex(part text, value text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT RETURN strpos(value, part);
-- Null if either is null, unlike PostgreSQL's; two arguments only.
CREATE FUNCTION redshift.concat(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN a || b;
CREATE FUNCTION redshift.nvl2(value anyelement, given anycompatible, missing anycompatible)
    RETURNS anycompatible LANGUAGE sql IMMUTABLE
    AS $$ SELECT CASE WHEN value IS NOT NULL THEN given ELSE missing END $$;
-- Every occurrence, where PostgreSQL's replaces the first.
CREATE FUNCTION redshift.regexp_replace(value text, pattern text, replacement text DEFAULT '')
    RETURNS text LANGUAGE sql IMMUTABLE STRICT
    RETURN pg_catalog.regexp_replace(value, pattern, replacement, 'g');

CREATE FUNCTION redshift.sha2(value text, bits integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT
    RETURN encode(
        CASE bits
            WHEN 224 THEN sha224(convert_to(value, 'UTF8'))
            WHEN 384 THEN sha384(convert_to(value, 'UTF8'))
            WHEN 512 THEN sha512(convert_to(value, 'UTF8'))
            ELSE sha256(convert_to(value, 'UTF8'))
        END, 'hex');

-- A BIGINT for all integers, where PostgreSQL makes a NUMERIC of a BIGINT's sum.
CREATE AGGREGATE redshift.sum(bigint) (SFUNC = pg_catalog.int8pl, STYPE = bigint);
CREATE AGGREGATE redshift.sum(integer) (SFUNC = pg_catalog.int4_sum, STYPE = bigint);
CREATE AGGREGATE redshift.sum(smallint) (SFUNC = pg_catalog.int2_sum, STYPE = bigint);
CREATE AGGREGATE redshift.sum(numeric) (SFUNC = pg_catalog.numeric_add, STYPE = numeric);
CREATE AGGREGATE redshift.sum(double precision) (
    SFUNC = pg_catalog.float8pl, STYPE = double precision);

-- Base 16 only, up to fifteen digits.
CREATE FUNCTION redshift.strtol(value text, base integer) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT
    RETURN CASE WHEN base = 16 THEN ('x' || lpad(value, 16, '0'))::bit(64)::bigint END;

CREATE FUNCTION redshift.is_valid_json(value text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT
    RETURN value IS JSON OBJECT;
CREATE FUNCTION redshift.json_extract_path_text(value text, VARIADIC path text[]) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT
    RETURN pg_catalog.json_extract_path_text(value::json, VARIADIC path);

CREATE FUNCTION redshift.trunc(value timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT
    RETURN value::date;
CREATE FUNCTION redshift.trunc(value numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT
    RETURN pg_catalog.trunc(value);
CREATE FUNCTION redshift.trunc(value numeric, places integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT RETURN pg_catalog.trunc(value, places);
CREATE FUNCTION redshift.trunc(value double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT RETURN pg_catalog.trunc(value);
-- A date gives a TIMESTAMP, where PostgreSQL gives one with time zone.
CREATE FUNCTION redshift.date_trunc(part text, value timestamp) RETURNS timestamp
    LANGUAGE sql IMMUTABLE STRICT RETURN pg_catalog.date_trunc(part, value);
CREATE FUNCTION redshift.last_day(value timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT
    RETURN (pg_catalog.date_trunc('month', value) + interval '1 month - 1 day')::date;
CREATE FUNCTION redshift.convert_timezone(target text, value timestamp) RETURNS timestamp
    LANGUAGE sql STABLE STRICT RETURN value AT TIME ZONE 'UTC' AT TIME ZONE target;
CREATE FUNCTION redshift.convert_timezone(source text, target text, value timestamp)
    RETURNS timestamp LANGUAGE sql STABLE STRICT
    RETURN value AT TIME ZONE source AT TIME ZONE target;

-- Synonyms of date parts, as the Developer Guide lists them.
CREATE FUNCTION redshift.date_part_name(part text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
    RETURN CASE
        WHEN lower(part) IN ('y', 'yr', 'yrs', 'years') THEN 'year'
        WHEN lower(part) IN ('qtr', 'qtrs', 'quarters') THEN 'quarter'
        WHEN lower(part) IN ('mon', 'mons', 'months') THEN 'month'
        WHEN lower(part) IN ('w', 'weeks') THEN 'week'
        WHEN lower(part) IN ('d', 'days') THEN 'day'
        WHEN lower(part) IN ('h', 'hr', 'hrs', 'hours') THEN 'hour'
        WHEN lower(part) IN ('m', 'min', 'mins', 'minutes') THEN 'minute'
        WHEN lower(part) IN ('s', 'sec', 'secs', 'seconds') THEN 'second'
        WHEN lower(part) IN ('ms', 'msec', 'msecs', 'msecond', 'mseconds', 'millisec', 'millisecs',
                             'millisecon', 'milliseconds') THEN 'millisecond'
        WHEN lower(part) IN ('us', 'microsec', 'microsecs', 'microsecond', 'usecond', 'useconds',
                             'microseconds') THEN 'microsecond'
        ELSE lower(part)
    END;
-- The count is a 4-byte integer: a larger one finds no function.
CREATE FUNCTION redshift.dateadd(part text, count integer, value timestamp) RETURNS timestamp
    LANGUAGE sql IMMUTABLE STRICT
    RETURN value + CASE redshift.date_part_name(part)
        WHEN 'quarter' THEN count * interval '3 months'
        ELSE count * ('1 ' || redshift.date_part_name(part))::interval
    END;
CREATE FUNCTION redshift.add_months(value timestamp, count integer) RETURNS timestamp
    LANGUAGE sql IMMUTABLE STRICT
    RETURN CASE
        WHEN value::date = redshift.last_day(value)
        THEN redshift.last_day(value + count * interval '1 month') + (value - value::date::timestamp)
        ELSE value + count * interval '1 month'
    END;
-- Counts the boundaries crossed, not whole periods.
CREATE FUNCTION redshift.datediff(part text, a timestamp, b timestamp) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT
    RETURN CASE redshift.date_part_name(part)
        WHEN 'year' THEN extract(year FROM b) - extract(year FROM a)
        WHEN 'quarter' THEN 4 * (extract(year FROM b) - extract(year FROM a))
                            + extract(quarter FROM b) - extract(quarter FROM a)
        WHEN 'month' THEN 12 * (extract(year FROM b) - extract(year FROM a))
                          + extract(month FROM b) - extract(month FROM a)
        WHEN 'week' THEN ((pg_catalog.date_trunc('week', b + interval '1 day'))::date
                          - (pg_catalog.date_trunc('week', a + interval '1 day'))::date) / 7
        WHEN 'day' THEN b::date - a::date
        WHEN 'hour' THEN extract(epoch FROM pg_catalog.date_trunc('hour', b) - pg_catalog.date_trunc('hour', a)) / 3600
        WHEN 'minute' THEN extract(epoch FROM pg_catalog.date_trunc('minute', b) - pg_catalog.date_trunc('minute', a)) / 60
        WHEN 'second' THEN extract(epoch FROM pg_catalog.date_trunc('second', b) - pg_catalog.date_trunc('second', a))
        WHEN 'millisecond' THEN extract(epoch FROM pg_catalog.date_trunc('millisecond', b) - pg_catalog.date_trunc('millisecond', a)) * 1000
        WHEN 'microsecond' THEN extract(epoch FROM b - a) * 1000000
    END::bigint;
CREATE FUNCTION redshift.months_between(a timestamp, b timestamp) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT
    RETURN redshift.datediff('month', b, a) + (extract(day FROM a) - extract(day FROM b)) / 31.0;
