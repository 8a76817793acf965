"""`sparkify simulate`, and the help of every command."""

import click
import pytest

from sparkify_dagster.cli import cli
from sparkify_dagster_tests.cli.command import House
from sparkify_dagster_tests.oracle import star_of


def test_simulate_writes_a_source_and_says_what(house: House) -> None:
    result = house.run(
        *("simulate", "made", "--months", "1", "--events", "300", "--songs", "20", "--users", "5")
    )
    assert result.status == 0
    assert "Simulated" in result.said
    star = star_of(house.folder / "made")
    assert f"Simulated {star.events} events (" in result.said
    assert f"and {star.songs} songs in made" in result.said
    assert not star.rejected


def test_simulate_refuses_a_folder_that_holds_a_source(house: House) -> None:
    arguments = ("simulate", "made", "--months", "1", "--events", "50", "--songs", "5")
    assert house.run(*arguments).status == 0
    before = {p: p.read_bytes() for p in (house.folder / "made").rglob("*.json")}
    result = house.run(*arguments, "--seed", "7")
    assert result.status == 1
    assert "made" in result.said
    assert {p: p.read_bytes() for p in (house.folder / "made").rglob("*.json")} == before


@pytest.mark.parametrize(
    ("option", "value", "status", "message"),
    [
        ("--first-month", "2018-13", 1, "is not a month"),
        ("--months", "0", 1, "months is 0: give 1 or more"),
        ("--users", "-1", 1, "users is -1"),
        ("--events", "many", 2, "not a valid integer"),
        ("--nonsense", "1", 2, "No such option"),
    ],
)
def test_what_is_wrong_with_an_option_is_said(
    house: House, option: str, value: str, status: int, message: str
) -> None:
    result = house.run("simulate", "made", option, value)
    assert result.status == status
    assert message in result.said
    assert not (house.folder / "made").exists()


def test_a_folder_that_cannot_be_written_is_named(house: House) -> None:
    result = house.run("simulate", "/proc/none", "--events", "10", "--songs", "1")
    assert result.status == 1
    assert "/proc/none" in result.said


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    for name, command in group.commands.items():
        inner = (*path, name)
        found += commands(command, inner) if isinstance(command, click.Group) else [inner]
    return found


@pytest.mark.parametrize("command", commands(cli), ids=" ".join)
def test_every_command_and_every_option_explains_itself(command: tuple[str, ...]) -> None:
    found: click.Command = cli
    for name in command:
        assert isinstance(found, click.Group)
        found = found.commands[name]
    context = click.Context(found, info_name=" ".join(("sparkify", *command)))
    help_ = found.get_help(context)
    assert help_.startswith(f"Usage: {' '.join(('sparkify', *command))}")
    assert found.help
    assert found.help.split("\n")[0].rstrip().endswith((".", ":"))


def test_help_needs_nothing_but_the_command(house: House) -> None:
    for arguments in (["--help"], ["load", "-h"]):
        result = house.run(*arguments, WAREHOUSE="nonsense")
        assert result.status == 0
        assert "Usage: " in result.said
    assert list(house.folder.iterdir()) == []


def test_an_unknown_command_is_said_to_be_one(house: House) -> None:
    result = house.run("lod")
    assert result.status == 2
    assert "No such command 'lod'" in result.said
