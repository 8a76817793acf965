"""The SQL files, and what is made of them for each engine."""

import pytest
from sparkify_dagster.sql_files import Dialect, sql_root, statements

from sparkify_dagster import sql_files

FILES = sorted(
    str(path.relative_to(sql_root())).removesuffix(".sql") for path in sql_root().rglob("*.sql")
)
DIALECTS: tuple[Dialect, ...] = ("duckdb", "postgres", "redshift")


@pytest.mark.parametrize("name", FILES)
def test_every_file_begins_with_what_it_is_for(name: str) -> None:
    assert sql_files.read(name).startswith("-- ")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", FILES)
def test_every_file_has_its_statements_and_parameters_on_every_engine(
    name: str, dialect: Dialect
) -> None:
    own, made = (statements(sql_files.read(name), d) for d in ("redshift", dialect))
    # PostgreSQL takes two for a MERGE, and one more for an index in the place of a sort key.
    assert len(made) >= len(own) if dialect == "postgres" else len(made) == len(own) >= 1
    wanted = set().union(*(statement.parameters for statement in own))
    assert set().union(*(statement.parameters for statement in made)) == wanted


@pytest.mark.parametrize("name", FILES)
def test_redshift_gets_a_files_own_text(name: str) -> None:
    text = sql_files.read(name)
    for statement in statements(text, "redshift"):
        own = statement.text.replace("%%", "%")
        for parameter in statement.parameters:
            own = own.replace(f"%({parameter})s", f":{parameter}")
        assert own in text


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_the_local_engines_enforce_no_more_than_redshift(dialect: Dialect) -> None:
    for name in sql_files.names("tables"):
        create = statements(sql_files.read(f"tables/{name}"), dialect)[0].text.upper()
        for word in ("PRIMARY", "REFERENCES", "UNIQUE", "DISTKEY", "SORTKEY", "DISTSTYLE"):
            assert word not in create
        assert "NOT NULL" in create


def test_a_semicolon_in_a_text_or_a_comment_ends_nothing() -> None:
    text = "SELECT ';' AS a; -- no; end\nSELECT 'it''s; so' /* ; */ AS b;\n-- and nothing;\n"
    for dialect in DIALECTS:
        assert len(statements(text, dialect)) == 2


def test_parameters_are_told_from_texts_casts_and_comments() -> None:
    text = "SELECT :a, ':b', x::INTEGER, '%' -- :c\nFROM t WHERE y LIKE 'a%' AND z = :a"
    for dialect in DIALECTS:
        [statement] = statements(text, dialect)
        assert statement.parameters == {"a"}
    [redshift] = statements(text, "redshift")
    assert redshift.text.count("%(a)s") == 2
    assert "'%%'" in redshift.text
    [postgres] = statements(text, "postgres")
    assert "'a%%'" in postgres.text


def test_a_digest_leaves_comments_and_layout_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {
        "a": "SELECT a, 'x  y' FROM t;",
        "b": "-- why\nSELECT\n    a, 'x  y'\nFROM t;",
        "c": "SELECT a, 'x y' FROM t;",
    }
    monkeypatch.setattr(sql_files, "read", texts.__getitem__)
    digest = sql_files.digest.__wrapped__
    assert digest("a") == digest("b")
    assert digest("a") != digest("c")
    assert digest("a", "c") != digest("c", "a")


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_rtrim_is_called_only_for_texts_that_end_in_a_blank(dialect: Dialect) -> None:
    [statement] = statements("SELECT RTRIM(a, ' ') FROM t", dialect)
    assert "CASE WHEN" in statement.text
    assert "ELSE a END" in statement.text


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_no_other_trim_becomes_an_rtrim_of_blanks(dialect: Dialect) -> None:
    """Found a bug: LTRIM took blanks off the wrong end, and RTRIM without a second word failed."""
    for trim in ("LTRIM(a, ' ')", "TRIM(a)", "RTRIM(a)", "RTRIM(a, 'xy')"):
        [statement] = statements(f"SELECT {trim} FROM t", dialect)
        assert "CASE" not in statement.text
        assert ("LEADING" in statement.text or "LTRIM" in statement.text) == (trim[0] == "L")
