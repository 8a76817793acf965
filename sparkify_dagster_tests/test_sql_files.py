"""The SQL files, and what is made of them for each engine."""

import pytest

from sparkify_dagster.models import contract, dialects, files
from sparkify_dagster.models.dialects import Dialect, statements

FILES = sorted(str(path.relative_to(files.sql_root())) for path in files.sql_root().rglob("*.sql"))
DIALECTS: tuple[Dialect, ...] = ("duckdb", "postgres", "redshift")


def text_of(name: str) -> str:
    return (files.sql_root() / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_every_file_begins_with_what_it_is_for(name: str) -> None:
    assert text_of(name).startswith("-- ")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", FILES)
def test_every_file_has_its_statements_and_parameters_on_every_engine(
    name: str, dialect: Dialect
) -> None:
    own, made = (statements(text_of(name), d) for d in ("redshift", dialect))
    # PostgreSQL has an index in the place of a sort key.
    assert len(made) >= len(own) if dialect == "postgres" else len(made) == len(own) >= 1
    wanted = set().union(*(statement.parameters for statement in own))
    assert set().union(*(statement.parameters for statement in made)) == wanted


@pytest.mark.parametrize("name", FILES)
def test_redshift_gets_a_files_own_text(name: str) -> None:
    text = text_of(name)
    for statement in statements(text, "redshift"):
        own = statement.text.replace("%%", "%")
        for parameter in statement.parameters:
            own = own.replace(f"%({parameter})s", f":{parameter}")
        assert own in text


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_the_local_engines_enforce_no_more_than_redshift(dialect: Dialect) -> None:
    for name in contract.tables():
        create = statements(files.read(name, "table.sql"), dialect)[0].text.upper()
        for word in ("PRIMARY", "REFERENCES", "UNIQUE", "DISTKEY", "SORTKEY", "DISTSTYLE"):
            assert word not in create
        assert "NOT NULL" in create


def test_a_semicolon_in_a_text_or_a_comment_ends_nothing() -> None:
    text = "SELECT ';' AS a; -- no; end\nSELECT 'it''s; so' /* ; */ AS b;\n-- and nothing;\n"
    for dialect in DIALECTS:
        assert len(statements(text, dialect)) == 2


def test_parameters_differ_from_texts_casts_and_comments() -> None:
    text = "SELECT :a, ':b', x::INTEGER, '%' -- :c\nFROM t WHERE y LIKE 'a%' AND z = :a"
    for dialect in DIALECTS:
        [statement] = statements(text, dialect)
        assert statement.parameters == {"a"}
    [redshift] = statements(text, "redshift")
    assert redshift.text.count("%(a)s") == 2
    assert "'%%'" in redshift.text
    [postgres] = statements(text, "postgres")
    assert "'a%%'" in postgres.text


def test_a_digest_leaves_comments_and_layout_apart() -> None:
    first = dialects.sql_digest("SELECT a, 'x  y' FROM t;")
    assert dialects.sql_digest("-- why\nSELECT\n    a, 'x  y'\nFROM t;") == first
    assert dialects.sql_digest("SELECT a, 'x y' FROM t;") != first


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
