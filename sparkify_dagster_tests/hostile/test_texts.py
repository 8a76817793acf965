"""Text of the source is shown as text: on a terminal, in a CSV file, and in messages."""

import csv
import io
import json
import os
import pty
import re
import subprocess

import pytest

from sparkify_dagster.escaping import for_csv, for_terminal
from sparkify_dagster_tests.cli.command import COMMAND, House
from sparkify_dagster_tests.hostile.texts import ESCAPES, FORMULAS, MARKUP, NO_FORMULAS

RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")
# What Rich itself writes on a terminal: colours and the cursor's.
OWN = re.compile(r"\x1b\[[0-9;?]*[mhlKA]|\r*\n")
NASTY = [*ESCAPES, *MARKUP, *FORMULAS]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Load a source full of escapes by the command, once: titles, rejects and file names."""
    house = House(tmp_path_factory.mktemp("hostile"))
    folder = house.source / "log_data/2018/11"
    folder.mkdir(parents=True)
    base = {"ts": 1541106106796, "page": "NextSong", "sessionId": 1, "level": "free"}
    events = [
        {**base, "itemInSession": n, "userId": str(n), "firstName": text, "userAgent": text}
        for n, text in enumerate(NASTY)
    ]
    rejects = "".join(f"[bold]{text!s}\n" for text in (*ESCAPES[:6], *MARKUP))
    name = "a\x1b[31m[red]\u202e.json"
    (folder / name).write_text("".join(json.dumps(event) + "\n" for event in events) + rejects)
    (folder / "\x1b]0;title\x07[bold]\x9b.txt").write_text("not loaded")
    return house


@pytest.fixture(scope="module")
def loading(house: House) -> str:
    return house.run("load").printed


def test_a_load_prints_names_and_messages_escaped(loading: str) -> None:
    """Found by trying: the escape sequences of file names reached the terminal."""
    assert not RAW.findall(loading)
    assert r"\x1b]0;title\x07[bold]\x9b.txt" in loading.replace("\n", "")


@pytest.mark.usefixtures("loading")
@pytest.mark.parametrize(
    "command",
    [
        ["rejects"],
        ["query", "SELECT first_name, user_agent FROM staging_events"],
        ["query", "SELECT file, reason, raw_text FROM rejected_records"],
        ["query", "SELECT user_agent FROM staging_events", "--format", "csv"],
        ["query", 'SELECT 1 AS "\x1b[2J[bold]", \'a\x1b[2J\' AS "[/]"'],
        ["query", "SELECT error('\x1b[2J\x9b[/][bold]')"],
        ["query", 'SELECT "\x1b[2J" FROM users'],
        ["query", "\x1b[2J[/]"],
        ["rejects", "--month", "\x1b[2J"],
    ],
)
def test_nothing_that_a_command_prints_controls_the_terminal(
    house: House, command: list[str]
) -> None:
    assert not RAW.findall(house.run(*command).printed.replace("\r\n", "\n"))
    shown = OWN.sub("\n", on_terminal(house, *command))
    assert not RAW.findall(shown), shown


@pytest.mark.usefixtures("loading")
def test_markup_is_shown_as_it_is_written(house: House) -> None:
    """Found by trying: [/] in the name of a column ended in a traceback."""
    printed = house.run("query", "SELECT 1 AS \"[/bold]\", '[red]:warning:' AS a").said
    assert "[/bold]" in printed
    assert "[red]:warning:" in printed
    assert "[bold]" in house.run("rejects").said


@pytest.mark.usefixtures("loading")
def test_csv_holds_no_formula_and_no_control_character(house: House) -> None:
    """Found by trying: =HYPERLINK(…) was written as it came."""
    query = "SELECT user_agent FROM staging_events"
    written = house.run("query", query, "--format", "csv").stdout
    cells = [row[0] for row in csv.reader(io.StringIO(written)) if row]
    assert len(cells) > len(FORMULAS)
    for cell in cells:
        assert not cell.lstrip().startswith(("=", "+", "-", "@")), cell
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", cell)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(text: str) -> None:
    assert for_csv(text) == "'" + for_terminal(text, keep="\t\n")


@pytest.mark.parametrize("value", [*NO_FORMULAS, -1, 1.5, None, True])
def test_other_values_stay_as_they_are(value: object) -> None:
    assert for_csv(value) == value


@pytest.mark.parametrize("text", ESCAPES)
def test_an_escape_becomes_visible(text: str) -> None:
    escaped = for_terminal(text)
    assert escaped.isprintable()
    assert "\\" in escaped


@pytest.mark.parametrize(
    "text",
    [
        "Beyonc\u00e9",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f468\u200d\U0001f3a4",
        *MARKUP,
    ],
)
def test_ordinary_text_is_not_changed(text: str) -> None:
    assert for_terminal(text) == text


def test_an_undecodable_name_can_be_printed() -> None:
    assert for_terminal("a\udcff") == r"a\udcff"


def on_terminal(house: House, *arguments: str) -> str:
    """Run a command on a terminal of its own, and return all that reached it."""
    main, other = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=house.folder,
        env={**house.environment(), "TERM": "xterm-256color"},
        stdin=subprocess.DEVNULL,
        stdout=other,
        stderr=other,
    )
    os.close(other)
    shown = b""
    while True:
        try:
            block = os.read(main, 65536)
        except OSError:  # the terminal's other end is closed
            break
        if not block:
            break
        shown += block
    os.close(main)
    assert process.wait(60) >= 0
    return shown.decode()
