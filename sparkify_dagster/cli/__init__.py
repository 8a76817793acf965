"""The command `sparkify`.

Importing it is cheap: Dagster, pandas and the engines are imported by the commands that need them.
"""

import atexit
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from sparkify_dagster.cli.interrupts import heed_ignored_interrupts
from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.escaping import for_terminal

_NEWLINE = "\n"
_QUERY_HELP = """Run one SQL query on the warehouse, which it cannot change, and print its rows.

\b
sparkify query "SELECT level, COUNT(*) AS plays FROM songplays GROUP BY level"
sparkify query "SELECT * FROM users" --output users.csv

In CSV, text that a spreadsheet would run as a formula begins with an apostrophe, and control
characters are written like \\x1b. Parquet holds all values as they are.
"""


@click.version_option(package_name="sparkify-dagster", prog_name="sparkify")
@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Sparkify's warehouse: from event logs and song metadata to a checked star schema.

    Settings come from the environment and from .env; SPARKIFY_SOURCE names the folder or
    s3://bucket/prefix that is loaded, SPARKIFY_WAREHOUSE the database that is filled.
    """


@cli.command()
@click.option("--months", default=3, show_default=True, help="Months to simulate.")
@click.option("--events", default=10_000, show_default=True, help="Events a month.")
def demo(months: int, events: int) -> None:
    """Simulate a source if there is none, load all of it, and show what was built."""
    from sparkify_dagster.cli.load import load_all
    from sparkify_dagster.cli.simulate import simulate_source
    from sparkify_dagster.settings import Settings
    from sparkify_dagster.simulator import Simulation

    settings = Settings.from_environment()
    if not settings.source.startswith("s3://") and not _is_source(Path(settings.source)):
        first = settings.first_month
        simulate_source(
            Simulation(first_month=first, months=months, events_per_month=events),
            Path(settings.source),
        )
    sys.exit(load_all(settings))


@cli.command()
@click.option(
    "--month", "months", multiple=True, metavar="YYYY-MM", help="Only this log month; repeatable."
)
@click.option("--dry-run", is_flag=True, help="Show what a load would do and why; do nothing.")
def load(months: tuple[str, ...], *, dry_run: bool) -> None:
    """Load everything that the source has and the warehouse lacks.

    Reads only files that are new or changed, builds only what they touch, and checks it. Exit
    status 0 only where the work and its checks are good.
    """
    from sparkify_dagster.cli.load import load_all
    from sparkify_dagster.settings import Settings

    sys.exit(load_all(Settings.from_environment(), months, dry_run=dry_run))


@cli.command(help=_QUERY_HELP)
@click.argument("sql")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "parquet"]),
    help="Without it: the one that --output ends in, else a table.",
)
@click.option("--output", type=click.Path(dir_okay=False), help="Write to this file.")
def query(sql: str, form: str | None, output: str | None) -> None:
    """Run one SQL query."""
    from sparkify_dagster.cli.query import run_query
    from sparkify_dagster.settings import Settings

    run_query(Settings.from_environment(), sql, form, output)


@cli.command()
@click.option("--month", "month", metavar="YYYY-MM", help="Only those of this log month.")
@click.option("--limit", default=50, show_default=True, help="At most so many.")
def rejects(month: str | None, limit: int) -> None:
    """List the rejected records, with file, line and reason."""
    from sparkify_dagster.cli.query import list_rejects
    from sparkify_dagster.settings import Settings

    list_rejects(Settings.from_environment(), month, limit)


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--seed", default=0, show_default=True, help="Another seed, other data.")
@click.option("--first-month", default="2018-11", show_default=True, metavar="YYYY-MM")
@click.option("--months", default=3, show_default=True)
@click.option("--events", default=10_000, show_default=True, help="Events a month, about.")
@click.option("--users", default=200, show_default=True)
@click.option("--songs", default=1_000, show_default=True, help="Song files.")
@click.option("--plain", is_flag=True, help="Leave out the oddities of real data.")
def simulate(  # noqa: PLR0913, PLR0917 - one option each
    folder: Path,
    seed: int,
    first_month: str,
    months: int,
    events: int,
    users: int,
    songs: int,
    plain: bool,  # noqa: FBT001 - a flag of the command
) -> None:
    """Write event logs and song files of a simulated Sparkify into FOLDER."""
    from sparkify_dagster.cli.simulate import simulate_source
    from sparkify_dagster.simulator import Simulation

    simulation = Simulation(seed, first_month, months, events, users, songs, not plain)
    simulate_source(simulation, folder)


@cli.command()
@click.option("--port", default=3000, show_default=True)
def ui(port: int) -> None:
    """Open Dagster's pages on the runs of `sparkify load`."""
    from sparkify_dagster.cli.ui import open_ui

    open_ui(port)


@cli.command()
@click.option("--off", is_flag=True, help="Switch them off again.")
def watch(*, off: bool) -> None:
    """Switch the sensors on: files that come are loaded by themselves while `sparkify ui` runs."""
    from sparkify_dagster.cli.watch import switch_off, switch_on
    from sparkify_dagster.settings import Settings

    Settings.from_environment()  # what is wrong with them is said here, in short
    switch_off() if off else switch_on()


@cli.command()
def dashboard() -> None:
    """Open the dashboard in the browser, written anew from the warehouse."""
    from sparkify_dagster.cli.ui import open_dashboard
    from sparkify_dagster.settings import Settings

    open_dashboard(Settings.from_environment())


@cli.command()
def contract() -> None:
    """Print the star and the analytics as dbt's sources.yml, with descriptions and tests."""
    from sparkify_dagster.models.dbt import sources_yaml
    from sparkify_dagster.settings import Settings

    click.echo(sources_yaml(Settings.from_environment().schema_name), nl=False)


@cli.command()
@click.option("--probe", is_flag=True, help="Test on Redshift what a load assumes of it.")
def doctor(*, probe: bool) -> None:
    """Check what these settings need: what is reachable, allowed and missing, and what to do."""
    from sparkify_dagster.cli.cluster import run_doctor
    from sparkify_dagster.cli.probe import print_probe
    from sparkify_dagster.settings import Settings

    settings = Settings.from_environment()
    sys.exit(print_probe(settings) if probe else run_doctor(settings))


@cli.command()
def verify() -> None:
    """Compare the warehouse by content with a local load of the same source.

    Loads the source into a DuckDB file of its own, and names differences by table, month and first
    rows. Exit status 0 only if there are none.
    """
    from sparkify_dagster.cli.verify import print_verification
    from sparkify_dagster.settings import Settings

    sys.exit(print_verification(Settings.from_environment()))


@cli.group()
def cluster() -> None:
    """The Redshift cluster or workgroup that the settings name."""


@cluster.command(name="status")
def cluster_status() -> None:
    """Print its state, its endpoint and its cost."""
    from sparkify_dagster.cli.cluster import show_status
    from sparkify_dagster.settings import Settings

    show_status(Settings.from_environment())


@cluster.command(name="create")
def cluster_create() -> None:
    """Create the stack of cluster, IAM role and network, or update it to the settings.

    What will change and what the cluster costs is printed first. A cluster that no stack of this
    project created is used as it is.
    """
    _change_cluster("create")


@cluster.command(name="pause")
def cluster_pause() -> None:
    """Pause it: compute is free until it is resumed."""
    _change_cluster("pause")


@cluster.command(name="resume")
def cluster_resume() -> None:
    """Resume it, and wait until it accepts connections."""
    _change_cluster("resume")


@cluster.command(name="delete")
@click.option("--confirm", required=True, metavar="NAME", help="The cluster's name, once more.")
@click.option("--no-snapshot", is_flag=True, help="Keep no final snapshot: the data is lost.")
def cluster_delete(confirm: str, *, no_snapshot: bool) -> None:
    """Delete the stack with all that it created; a final snapshot keeps the data."""
    from sparkify_dagster.cli.cluster import remove
    from sparkify_dagster.settings import Settings

    remove(Settings.from_environment(), confirm, final_snapshot=not no_snapshot)


@cluster.command(name="template")
def cluster_template() -> None:
    """Print the CloudFormation template, for teams that deploy it themselves."""
    from sparkify_dagster.cli.cluster import print_template

    print_template()


def _change_cluster(verb: str) -> None:
    from sparkify_dagster.cli.cluster import change
    from sparkify_dagster.settings import Settings

    change(Settings.from_environment(), verb)


def _is_source(folder: Path) -> bool:
    return any((folder / name).exists() for name in ("log_data", "song_data"))


def main() -> None:
    """Run the command; an error that a user is meant to read is shown without a traceback."""
    os.umask(0o077)  # what is written is its owner's: the warehouse, the instance, the output
    heed_ignored_interrupts()
    status = _status()
    if "dagster" in sys.modules:
        _leave(status)
    sys.exit(status)


def _status() -> int:
    try:
        cli(standalone_mode=False)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (SparkifyError, OSError) as error:  # a full disk, or an output that cannot be written
        click.secho(f"Error: {for_terminal(str(error), keep=_NEWLINE)}", fg="red", err=True)
        return 1
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted. What was loaded so far is kept; run it again to go on.", err=True)
        return 130
    return 0


def _leave(status: int) -> NoReturn:
    """End the process at once: Python would take Dagster apart piece by piece, for half a second.

    Whatever is to be done at the end is done before.
    """
    atexit._run_exitfuncs()  # noqa: SLF001 - the way to run them without the rest
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
