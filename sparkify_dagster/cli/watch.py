"""`sparkify watch`: the sensors of the instance that `sparkify load` and `sparkify ui` use."""

import subprocess
from pathlib import Path

from sparkify_dagster.cli.dagster_command import dagster_command, dagster_environment
from sparkify_dagster.cli.show import console
from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.instance.home import instance_home, workspace_file


def switch_on() -> None:
    """Switch all sensors of the code location on."""
    home = instance_home()
    start = dagster_command("sensor", "start", "--start-all", "-w", str(workspace_file()))
    done = subprocess.run(  # noqa: S603 - our own command
        start, env=dagster_environment(home), capture_output=True, text=True, check=False
    )
    if done.returncode:
        message = done.stderr.rpartition("\nError: ")[2].strip()  # after warnings and usage
        reason, _, _ = message.partition("\n")
        raise SparkifyError(f"the sensors cannot be switched on: {reason}")
    console().print(
        f"The sensors of {home} are on. They look at the source while sparkify ui, or "
        "Dagster's daemon, runs; sparkify watch --off switches them off.",
        markup=False,
    )


def switch_off() -> None:
    """Switch all sensors off; what they asked for already is loaded."""
    home = instance_home()
    names = _stop_all(home)
    message = f"The sensors of {home} are off: {', '.join(names) or 'none was on'}."
    console().print(message, markup=False)


def _stop_all(home: Path) -> list[str]:
    import dagster as dg

    with dg.DagsterInstance.from_config(str(home)) as instance:
        on = [
            state
            for state in instance.all_instigator_state()
            if state.instigator_type.value == "SENSOR" and state.is_running
        ]
        for state in on:
            instance.stop_sensor(state.instigator_origin_id, state.selector_id, None)
    return sorted(state.instigator_name for state in on)
