"""`sparkify watch` switches the sensors on and off, in an empty folder too."""

from pathlib import Path

import dagster as dg

from sparkify_dagster_tests.cli.command import House


def switched_on(home: Path) -> set[str]:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        states = instance.all_instigator_state()
        return {state.instigator_name for state in states if state.is_running}


def test_all_sensors_are_switched_on_and_off_with_one_command(house: House) -> None:
    """Found: the documented command wanted a folder that only the first load makes."""
    home = house.folder / "data/dagster"
    for _ in range(2):  # on is on
        result = house.run("watch")
        assert result.status == 0, result.printed
        assert "are on" in result.said
        assert switched_on(home) == {"log_files", "song_files", "failed_runs"}
    result = house.run("watch", "--off")
    assert result.status == 0, result.printed
    assert "are off: failed_runs, log_files, song_files." in result.said
    assert switched_on(home) == set()
    assert "none was on" in house.run("watch", "--off").said


def test_why_they_cannot_be_switched_on_is_said_in_a_line(house: House) -> None:
    result = house.run("watch", FIRST_MONTH="someday")
    assert result.status == 1
    assert result.said.startswith("Error: SPARKIFY_FIRST_MONTH is 'someday'")
    home = house.folder / "data/dagster"
    home.mkdir(parents=True)
    server = "grpc_server: {host: 127.0.0.1, port: 1, location_name: sparkify_dagster}"
    (home / "workspace.yaml").write_text(f"load_from:\n  - {server}\n")
    result = house.run("watch")
    assert result.status == 1
    assert "the sensors cannot be switched on" in result.said
    assert "Could not reach user code server" in result.said
    assert "Stack Trace" not in result.said
