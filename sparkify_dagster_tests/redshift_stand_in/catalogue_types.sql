-- VARCHAR as Redshift has it: lengths count bytes, trailing blanks do not matter in comparisons,
-- GROUP BY, DISTINCT and joins, and yet are stored. It is text in all else (binary coercible).
-- The functions inside are PostgreSQL's own: text's for input and output, bpchar's for comparing.


CREATE SCHEMA redshift;

CREATE TYPE redshift."varchar";

CREATE FUNCTION redshift.varchar_in(cstring) RETURNS redshift."varchar"
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION redshift.varchar_out(redshift."varchar") RETURNS cstring
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE FUNCTION redshift.varchar_typmod_in(cstring[]) RETURNS integer
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'varchartypmodin';
CREATE FUNCTION redshift.varchar_typmod_out(integer) RETURNS cstring
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'varchartypmodout';

CREATE TYPE redshift."varchar" (
    INPUT = redshift.varchar_in,
    OUTPUT = redshift.varchar_out,
    TYPMOD_IN = redshift.varchar_typmod_in,
    TYPMOD_OUT = redshift.varchar_typmod_out,
    LIKE = text,
    CATEGORY = 'S',
    COLLATABLE = true
);

-- Too long by blanks alone: cut. An explicit cast cuts too; an assignment is an error.
CREATE FUNCTION redshift.varchar_fit(value redshift."varchar", typmod integer, explicit boolean)
    RETURNS redshift."varchar" LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    bytes bytea;
    width integer := typmod - 4;
    cut integer := width;
BEGIN
    IF typmod < 4 OR octet_length(value::text) <= width THEN
        RETURN value;
    END IF;
    IF NOT explicit AND octet_length(rtrim(value::text, ' ')) > width THEN
        RAISE EXCEPTION USING
            ERRCODE = 'string_data_right_truncation',
            MESSAGE = format('value too long for type character varying(%s)', width);
    END IF;
    bytes := convert_to(value::text, 'UTF8');
    WHILE cut > 0 AND get_byte(bytes, cut) & 192 = 128 LOOP
        cut := cut - 1;
    END LOOP;
    RETURN convert_from(substring(bytes FROM 1 FOR cut), 'UTF8')::redshift."varchar";
END
$$;

CREATE CAST (redshift."varchar" AS redshift."varchar")
    WITH FUNCTION redshift.varchar_fit(redshift."varchar", integer, boolean) AS IMPLICIT;
CREATE CAST (redshift."varchar" AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (text AS redshift."varchar") WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (redshift."varchar" AS pg_catalog."varchar") WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (pg_catalog."varchar" AS redshift."varchar") WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (bpchar AS redshift."varchar") WITH INOUT AS ASSIGNMENT;
CREATE CAST (name AS redshift."varchar") WITH INOUT AS ASSIGNMENT;

-- Operators for every pair of varchar and text, so that 'a' = 'a ' for expressions as well.
CREATE OPERATOR FAMILY redshift.blank_blind USING btree;
CREATE OPERATOR FAMILY redshift.blank_blind USING hash;

DO $$
DECLARE
    own CONSTANT text := 'redshift."varchar"';
    pair text[];
    spec text[];
    suffix text;
BEGIN
    FOREACH pair SLICE 1 IN ARRAY ARRAY[[own, own], [own, 'text'], ['text', own], ['text', 'text']] LOOP
        suffix := CASE pair[1] WHEN own THEN 'v' ELSE 't' END || CASE pair[2] WHEN own THEN 'v' ELSE 't' END;
        EXECUTE format('CREATE FUNCTION redshift.cmp_%s(%s, %s) RETURNS integer LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS ''bpcharcmp''', suffix, pair[1], pair[2]);
        FOREACH spec SLICE 1 IN ARRAY ARRAY[
            ['lt', '<', '>', '>=', 'scalarltsel', '1'],
            ['le', '<=', '>=', '>', 'scalarlesel', '2'],
            ['eq', '=', '=', '<>', 'eqsel', '3'],
            ['ge', '>=', '<=', '<', 'scalargesel', '4'],
            ['gt', '>', '<', '<=', 'scalargtsel', '5'],
            ['ne', '<>', '<>', '=', 'neqsel', '0']
        ] LOOP
            EXECUTE format('CREATE FUNCTION redshift.%s_%s(%s, %s) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS %L', spec[1], suffix, pair[1], pair[2], 'bpchar' || spec[1]);
            EXECUTE format('CREATE OPERATOR redshift.%s (FUNCTION = redshift.%s_%s, LEFTARG = %s, RIGHTARG = %s, COMMUTATOR = OPERATOR(redshift.%s), NEGATOR = OPERATOR(redshift.%s), RESTRICT = %s, JOIN = %s %s)',
                spec[2], spec[1], suffix, pair[1], pair[2], spec[3], spec[4], spec[5], replace(spec[5], 'sel', 'joinsel'), CASE spec[1] WHEN 'eq' THEN ', HASHES, MERGES' ELSE '' END);
        END LOOP;
    END LOOP;
END
$$;

CREATE FUNCTION redshift.hash_varchar(redshift."varchar") RETURNS integer
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'hashbpchar';
CREATE FUNCTION redshift.hash_text(text) RETURNS integer
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'hashbpchar';

CREATE OPERATOR CLASS redshift.varchar_order DEFAULT FOR TYPE redshift."varchar"
    USING btree FAMILY redshift.blank_blind AS
    OPERATOR 1 redshift.<, OPERATOR 2 redshift.<=, OPERATOR 3 redshift.=,
    OPERATOR 4 redshift.>=, OPERATOR 5 redshift.>,
    FUNCTION 1 redshift.cmp_vv(redshift."varchar", redshift."varchar");

CREATE OPERATOR CLASS redshift.varchar_hash DEFAULT FOR TYPE redshift."varchar"
    USING hash FAMILY redshift.blank_blind AS
    OPERATOR 1 redshift.=, FUNCTION 1 redshift.hash_varchar(redshift."varchar");

DO $$
DECLARE
    own CONSTANT text := 'redshift."varchar"';
    pair text[];
    suffix text;
BEGIN
    EXECUTE 'ALTER OPERATOR FAMILY redshift.blank_blind USING hash ADD FUNCTION 1 (text, text) redshift.hash_text(text)';
    FOREACH pair SLICE 1 IN ARRAY ARRAY[[own, 'text'], ['text', own], ['text', 'text']] LOOP
        suffix := CASE pair[1] WHEN own THEN 'v' ELSE 't' END || CASE pair[2] WHEN own THEN 'v' ELSE 't' END;
        EXECUTE format('ALTER OPERATOR FAMILY redshift.blank_blind USING btree ADD OPERATOR 1 redshift.< (%1$s, %2$s), OPERATOR 2 redshift.<= (%1$s, %2$s), OPERATOR 3 redshift.= (%1$s, %2$s), OPERATOR 4 redshift.>= (%1$s, %2$s), OPERATOR 5 redshift.> (%1$s, %2$s), FUNCTION 1 (%1$s, %2$s) redshift.cmp_%3$s(%1$s, %2$s)', pair[1], pair[2], suffix);
        EXECUTE format('ALTER OPERATOR FAMILY redshift.blank_blind USING hash ADD OPERATOR 1 redshift.= (%s, %s)', pair[1], pair[2]);
    END LOOP;
END
$$;
