"""Constructs that Redshift refuses, and those that the stand-in refuses in its place.

Each is a pattern that is searched in a statement's shape, and what it is called. The page of the
Developer Guide that a refusal gives is the one whose syntax does not have the construct.
"""

from sparkify_dagster_tests.redshift_stand_in.rules import Rule, documented, from_experience

#: A table's name in a shape, quoted or not, with a schema or without.
NAME = r'(?:\w+|"[^"]+")(?: \. (?:\w+|"[^"]+"))?'

#: Pattern, name and page; without a page, the refusal is known from experience.
REFUSED = [
    (r"ON CONFLICT", "ON CONFLICT", "r_INSERT_30"),
    (r"RETURNING", "RETURNING", "r_INSERT_30"),
    (r"DISTINCT ON \(", "DISTINCT ON", "r_SELECT_list"),
    (r"\) FILTER \(", "FILTER", "c_Aggregate_Functions"),
    (r"LATERAL", "LATERAL", "r_FROM_clause30"),
    (r"IS (?:NOT )?DISTINCT FROM", "IS DISTINCT FROM", "r_comparison_condition"),
    (r"\[", "arrays and subscripts", "c_unsupported-postgresql-features"),
    (r"ARRAY", "arrays", "c_unsupported-postgresql-features"),
    (
        r"(?:->|->>|#>|#>>|@>|<@|\?|\?\||\?&|&&|@@)",
        "JSON, array and text search operators",
        "c_unsupported-postgresql-features",
    ),
    (r"\( VALUES", "VALUES as a table", "c_unsupported-postgresql-features"),
    (r"ROW \(", "row constructors", "c_unsupported-postgresql-features"),
    (
        r"FOR (?:UPDATE|SHARE|NO KEY UPDATE|KEY SHARE)",
        "FOR UPDATE and FOR SHARE",
        "r_SELECT_synopsis",
    ),
    (r"TABLESAMPLE", "TABLESAMPLE", "r_FROM_clause30"),
    (r"WITH ORDINALITY", "WITH ORDINALITY", "r_FROM_clause30"),
    (r"FETCH (?:FIRST|NEXT) .*ROWS?", "FETCH FIRST", "r_SELECT_synopsis"),
    (
        r"(?:RANGE|GROUPS) (?:BETWEEN|UNBOUNDED|CURRENT)",
        "window frames other than ROWS",
        "c_Window_functions",
    ),
    (r"WINDOW \w+ AS \(", "the WINDOW clause", "r_SELECT_synopsis"),
    (r"AS (?:NOT )?MATERIALIZED \(", "AS MATERIALIZED", "r_WITH_clause"),
    (r"COUNT \( DISTINCT [^()]*\) OVER", "DISTINCT in a window function", "r_WF_COUNT"),
    (r"CHECK \(", "CHECK constraints", "c_unsupported-postgresql-features"),
    (r"EXCLUDE", "exclusion constraints", "c_unsupported-postgresql-features"),
    (r"GENERATED ALWAYS", "generated columns", "r_CREATE_TABLE_NEW"),
    (
        r"INHERITS|PARTITION BY (?:RANGE|LIST|HASH) \(|TABLESPACE",
        "inheritance and partitioning",
        "c_unsupported-postgresql-features",
    ),
    (r"(?:ADD|DROP) COLUMN IF", "IF [NOT] EXISTS on a column", "r_ALTER_TABLE"),
    (
        r"ALTER TABLE .* , (?:ADD|DROP) ?.*",
        "more than one ADD or DROP in an ALTER TABLE",
        "r_ALTER_TABLE",
    ),
    (r"UPDATE .* SET \(", "a row of columns in SET", "r_UPDATE"),
    (
        r"DELETE FROM \w+(?: AS)? (?!USING|WHERE)\w+ (?:USING|WHERE)",
        "an alias on DELETE's target",
        "r_DELETE",
    ),
    (r"INSERT INTO \w+ AS", "an alias on INSERT's target", "r_INSERT_30"),
    (r"SAVEPOINT", "savepoints", ""),
    (
        rf"(?:FROM|JOIN) {NAME} QUALIFY",
        "QUALIFY right after a table without an alias",
        "r_QUALIFY_clause",
    ),
]

#: What Redshift takes and the stand-in cannot run.
NOT_IMITATED = [
    (r"IGNORE NULLS|RESPECT NULLS", "IGNORE NULLS"),
    (r"APPROXIMATE", "APPROXIMATE"),
    (r"PIVOT|UNPIVOT", "PIVOT"),
    (r"CONNECT BY", "CONNECT BY"),
    (r"SELECT (?:DISTINCT )?TOP 1", "TOP"),
    (r"REMOVE DUPLICATES", "MERGE … REMOVE DUPLICATES"),
    (r"SUPER|GEOMETRY|GEOGRAPHY|HLLSKETCH|VARBYTE", "SUPER and other types of its kind"),
    (r"CREATE (?:EXTERNAL|MATERIALIZED|MODEL|PROCEDURE|FUNCTION|LIBRARY|DATASHARE)", "this CREATE"),
]


def _rule(name: str, page: str) -> Rule:
    what = f"{name[0].upper()}{name[1:]}: refused."
    return documented(what, page) if page else from_experience(what)


RULES = tuple(_rule(name, page) for _, name, page in REFUSED)
