"""The contract: what each `table.sql` declares is what the rest of the project uses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.lake import datasets
from sparkify_dagster.models import contract, files
from sparkify_dagster.models.contract import Reference

STAR = {
    "songplays": "songplay_id start_time user_id level song_id artist_id session_id location "
    "user_agent",
    "users": "user_id first_name last_name gender level",
    "songs": "song_id title artist_id year duration",
    "artists": "artist_id name location latitude longitude",
    "time": "start_time hour day week month year weekday",
}


@pytest.mark.parametrize("table", STAR)
def test_the_star_has_the_columns_of_the_assignment_in_their_order(table: str) -> None:
    wanted = tuple(STAR[table].split())
    assert contract.table(table).column_names[: len(wanted)] == wanted


def test_every_star_table_has_the_key_that_the_design_names() -> None:
    keys = {name: contract.table(name).primary_key for name in STAR}
    assert keys == {
        "songplays": ("songplay_id",),
        "users": ("user_id",),
        "songs": ("song_id",),
        "artists": ("artist_id",),
        "time": ("start_time",),
    }


def test_songplays_references_every_dimension() -> None:
    assert set(contract.table("songplays").references) == {
        Reference("start_time", "time", "start_time"),
        Reference("user_id", "users", "user_id"),
        Reference("song_id", "songs", "song_id"),
        Reference("artist_id", "artists", "artist_id"),
    }


@pytest.mark.parametrize("table", contract.tables())
def test_a_key_is_required_and_a_reference_leads_to_a_key(table: str) -> None:
    declared = contract.table(table)
    assert set(declared.primary_key) <= set(declared.required_columns)
    for reference in declared.references:
        assert contract.table(reference.table).primary_key == (reference.target,)
        types = {c.name: c.type for c in declared.columns}
        targets = {c.name: c.type for c in contract.table(reference.table).columns}
        assert types[reference.column] == targets[reference.target]


@pytest.mark.parametrize("table", contract.tables())
def test_everything_has_a_comment(table: str) -> None:
    declared = contract.table(table)
    assert all([declared.comment, *(column.comment for column in declared.columns)])


@pytest.mark.parametrize(
    ("table", "physical"),
    [
        ("songplays", ["DISTKEY (user_id)", "SORTKEY (start_time)"]),
        ("users", ["SORTKEY (level)"]),
        ("songs", ["SORTKEY (artist_id)"]),
        ("artists", ["SORTKEY (artist_id)"]),
        ("time", ["SORTKEY (start_time)"]),
    ],
)
def test_keys_of_distribution_and_order_are_the_designs(table: str, physical: list[str]) -> None:
    text = files.read(table, "table.sql")
    assert all(word in text for word in physical)


def test_staging_has_every_key_of_a_record_in_the_order_of_its_jsonpaths() -> None:
    events = {f.key: (f.column, f.kind, f.length, f.required) for f in datasets.events().fields}
    assert len(events) == 18
    assert events["ts"] == ("ts", "integer", None, True)
    assert events["itemInSession"] == ("item_in_session", "integer", None, True)
    assert events["length"] == ("length", "float", None, False)
    assert events["userAgent"] == ("user_agent", "text", 2048, False)
    assert events["userId"] == ("user_id", "integer text", 1024, False)
    songs = {f.key: (f.column, f.kind, f.length, f.required) for f in datasets.songs().fields}
    assert len(songs) == 10
    assert songs["artist_latitude"] == ("artist_latitude", "float", None, False)
    assert songs["song_id"] == ("song_id", "text", 64, True)
    ranges = {f.key: f.range for f in datasets.events().fields if f.kind != "text"}
    assert ranges["ts"] == ranges["userId"] == (-(2**63), 2**63 - 1)
    assert ranges["status"] == (-(2**31), 2**31 - 1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the folder of a table `a`, the only one of `sql/`."""
    for layer in files.LAYERS:
        (tmp_path / layer).mkdir()
    (tmp_path / "star" / "a").mkdir()
    monkeypatch.setattr(files, "sql_root", lambda: tmp_path)
    forget_files()
    yield tmp_path / "star" / "a"
    forget_files()


def forget_files() -> None:
    for cached in (files.read, files.folders, contract.tables):
        cached.cache_clear()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("SELECT 1;", "must create one table, named a"),
        ("CREATE TABLE b (x INTEGER);", "must create one table, named a"),
        ("CREATE TABLE a (x INTEGER);", "lacks a COMMENT ON x"),
        (
            "CREATE TABLE a (x INTEGER); COMMENT ON COLUMN a.x IS 'x';",
            "lacks a COMMENT ON the table",
        ),
    ],
)
def test_a_file_that_does_not_declare_its_table_fully_is_named(
    folder: Path, text: str, fault: str
) -> None:
    (folder / "table.sql").write_text(text)
    with pytest.raises(SparkifyError, match=rf"star/a/table\.sql {fault}"):
        contract.tables()


def test_a_comment_does_not_make_a_table_another_one_but_a_column_does(folder: Path) -> None:
    def digest(columns: str, comment: str) -> str:
        (folder / "table.sql").write_text(
            f"CREATE TABLE a ({columns}); COMMENT ON TABLE a IS '{comment}';"
            f"COMMENT ON COLUMN a.x IS '{comment}';"
        )
        forget_files()
        return contract.table("a").digest

    first = digest("x INTEGER", "one")
    assert digest("x INTEGER", "another") == first
    assert digest("x BIGINT", "one") != first
    assert digest("x INTEGER NOT NULL", "one") != first
