"""What fits a terminal: wide results, plurals, help, the version and the progress of a load."""

import re

import pytest

from sparkify_dagster_tests.cli.command import House
from sparkify_dagster_tests.cli.sources import small_source
from sparkify_dagster_tests.cli.terminal import on_terminal

COLOURS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
LONG = "z" * 150
WIDE = (
    "SELECT 7 AS number, 'short' AS text, "
    f"'{LONG}' AS first_long, '{LONG}' AS second_long, '{LONG}' AS third_long"
)


@pytest.fixture
def filled(house: House) -> House:
    small_source(house.source)
    house.run("load")
    return house


def lines(house: House, *arguments: str, columns: int) -> list[str]:
    shown = COLOURS.sub("", on_terminal(house, *arguments, columns=columns))
    return [line.rstrip() for line in shown.splitlines() if line.strip()]


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(loaded: House, columns: int) -> None:
    """Found by use: a row of songplays was wrapped over 12 to 17 lines."""
    for query in (WIDE, "SELECT * FROM songplays LIMIT 3", "SELECT * FROM users LIMIT 3"):
        shown = lines(loaded, "query", query, columns=columns)
        assert max(map(len, shown)) <= columns
        assert any("7" in line for line in shown) or query != WIDE


def test_long_cells_are_shortened_if_enough_of_them_is_left(loaded: House) -> None:
    header, _, row, note, count = lines(loaded, "query", WIDE, columns=100)
    assert header.split() == ["number", "text", "first_long", "second_long", "third_long"]
    assert re.fullmatch(r" +7   short   z{10,}…   z{10,}…   z{10,}…", row)
    assert "shortened" in note
    assert count == "1 row"


def test_rows_with_many_columns_are_printed_as_records(loaded: House) -> None:
    shown = lines(loaded, "query", "SELECT * FROM songplays LIMIT 2", columns=80)
    assert shown[0].startswith("row 1 ──")
    assert [line.split()[0] for line in shown[1:5]] == [
        "songplay_id",
        "start_time",
        "user_id",
        "level",
    ]
    assert shown[-1] == "2 rows"


def test_a_record_holds_all_of_a_long_value(loaded: House) -> None:
    shown = lines(loaded, "query", WIDE, columns=50)
    assert "".join(shown).count("z") == 3 * len(LONG)


def test_piped_results_are_never_shortened(loaded: House) -> None:
    printed = loaded.run("query", WIDE).stdout
    assert [line.count(LONG) for line in printed.splitlines() if "zzz" in line] == [3]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("SELECT 1 AS a", "1 row"),
        ("SELECT 1 AS a WHERE 1 = 0", "0 rows"),
        ("SELECT UNNEST(RANGE(2000)) AS a", "2,000 rows"),
    ],
)
def test_rows_are_counted_in_correct_english(loaded: House, query: str, count: str) -> None:
    """Found by use: "1 rows"."""
    assert loaded.run("query", query).stdout.splitlines()[-1] == count


def test_a_load_shows_its_progress_in_a_terminal(house: House) -> None:
    """Found by use: nothing was visible, as Dagster sends a step's output to a file."""
    small_source(house.source)
    shown = COLOURS.sub("", on_terminal(house, "load", columns=100))
    assert "reading 2018-11" in shown
    assert "building songplays" in shown
    assert "1 of 1 month " in shown
    assert "1 of 1 months" not in shown


def test_a_piped_load_shows_no_bars(filled: House) -> None:
    assert "━" not in filled.run("load").printed


def test_the_version_is_printed(house: House) -> None:
    assert re.fullmatch(r"sparkify, version [0-9]+\.[0-9]+\.[0-9]+", house.run("--version").said)


COMMANDS = ["demo", "load", "query", "rejects", "simulate", "ui", "watch", "dashboard", "doctor"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_plain_text_and_months_are_one_option(house: House, command: str) -> None:
    """Found by use: a help text showed `\\b`, and one command had --log-month."""
    printed = house.run(command, "--help").printed
    assert printed.isprintable() or set(printed) - set("\n") == set(
        filter(str.isprintable, printed)
    )
    assert r"\b" not in printed
    assert "--log-month" not in printed
    if command in {"load", "rejects"}:
        assert "--month YYYY-MM" in printed
