"""The functions that Redshift has, as far as the stand-in can run them.

From the Redshift Database Developer Guide's chapters on functions. A function that is in none of
these sets does not exist (SQLSTATE 42883), whatever PostgreSQL says.
"""

from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience

RULES = (
    documented(
        "Trailing blanks of VARCHAR do not matter in comparisons, GROUP BY, DISTINCT and joins.",
        "r_Character_types",
    ),
    documented("Text is ordered by its bytes.", "c_collation_sequences"),
    documented("CONCAT is null if either argument is, and takes two.", "r_CONCAT"),
    documented("REGEXP_REPLACE replaces every occurrence.", "REGEXP_REPLACE"),
    documented("DATEADD's count is an INTEGER.", "r_DATEADD_function"),
    documented("DATEDIFF counts the boundaries that are crossed.", "r_DATEDIFF_function"),
    documented("SUM of integers is a BIGINT, and an error beyond its range.", "r_SUM"),
    from_experience("DATE_TRUNC of a date is a TIMESTAMP."),
    from_experience("GETDATE() has whole seconds."),
)


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Written by the stand-in itself, in schema `redshift` (catalogue_functions.sql).
OWN = _names(
    """
    add_months charindex concat convert_timezone current_database date_trunc dateadd datediff
    func_sha1 getdate is_valid_json json_extract_path_text last_day len months_between nvl2
    pg_last_copy_count pg_last_copy_id regexp_replace sha sha1 sha2 strtol sum textlen trunc version
    """
)

#: The same in PostgreSQL, for the values that a warehouse meets.
SHARED = _names(
    """
    abs acos ascii asin atan atan2 avg bit_and bit_or bool_and bool_or btrim cast cbrt ceil ceiling
    char_length character_length chr coalesce cos cot count cume_dist current_schema current_setting
    current_user date date_part degrees dense_rank exists exp extract first_value floor greatest
    initcap lag last_value lead
    least left length ln log lower lpad ltrim max md5 min mod nth_value ntile nullif nvl
    octet_length percent_rank percentile_cont percentile_disc pg_backend_pid pi position power
    quote_ident quote_literal radians random rank regexp_count regexp_instr regexp_substr repeat
    replace reverse right round row_number rpad rtrim session_user set_config sign sin split_part
    sqrt stddev stddev_pop stddev_samp strpos substr substring tan timeofday to_char to_date
    to_hex to_number to_timestamp translate trim upper user var_pop var_samp variance
    """
)

#: On the leader node only: refused where a table is read or written.
LEADER_ONLY = _names(
    "age current_schema current_schemas current_time current_timestamp has_database_privilege "
    "has_schema_privilege has_table_privilege isfinite localtime localtimestamp now"
)

#: Those of them that are written without parentheses.
BARE = _names("current_time current_timestamp localtime localtimestamp")

#: Redshift has them; the stand-in says so rather than "does not exist".
NOT_IMITATED = _names(
    """
    any_value approximate array bpcharcmp can_json_parse checksum convert date_cmp date_part_year
    decode difference farmfingerprint64 fnv_hash from_hex get_array_length hll is_valid_json_array
    json_array_length json_extract_array_element_text json_parse json_serialize json_typeof listagg
    median next_day pg_last_query_id pg_terminate_backend pg_cancel_backend ratio_to_report
    replicate soundex split_to_array timezone to_varbyte
    """
)

#: Aggregates, and the window functions that go with them, that want a frame with ORDER BY.
FRAMED = _names(
    "avg count first_value last_value max min nth_value stddev stddev_pop stddev_samp sum var_pop "
    "var_samp variance"
)

#: First words of the types that Redshift has and PostgreSQL can hold.
TYPES = _names(
    """
    smallint int2 integer int int4 bigint int8 decimal numeric real float4 double float float8
    boolean bool char character nchar bpchar varchar nvarchar text date time timetz timestamp
    timestamptz interval
    """
)
