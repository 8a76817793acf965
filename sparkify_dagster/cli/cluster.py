"""`sparkify cluster …` and `sparkify doctor`."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import click

from sparkify_dagster.cli.show import console
from sparkify_dagster.cluster import (
    ClusterState,
    Finding,
    Watch,
    check_aws,
    create,
    delete,
    pause,
    resume,
    status,
    template,
)
from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.lake.source import open_source
from sparkify_dagster.warehouse import open_warehouse

if TYPE_CHECKING:
    from sparkify_dagster.settings import Settings


def show_status(settings: "Settings") -> None:
    """Print the state of the cluster or workgroup."""
    state = status(settings)
    if state is None:
        console().print("There is none yet: create it with `sparkify cluster create`.")
    else:
        _print_state(state)


def change(settings: "Settings", verb: str) -> None:
    """Create or update, pause or resume the cluster, and print the progress."""
    changes: dict[str, Callable[[Settings, Watch], ClusterState]] = {
        "create": partial(create, update=True),
        "pause": pause,
        "resume": resume,
    }
    _print_state(changes[verb](settings, Watch(progress=_print)))


def remove(settings: "Settings", name: str, *, final_snapshot: bool) -> None:
    """Delete the stack of this project, if the name is the cluster's."""
    removed = delete(settings, name, final_snapshot=final_snapshot, watch=Watch(progress=_print))
    for what in removed or ["There is nothing to delete."]:
        _print(what)


def print_template() -> None:
    """Print the CloudFormation template."""
    click.echo(template.body(), nl=False)


def run_doctor(settings: "Settings") -> int:
    """Print what is reachable, allowed and missing; return the exit status."""
    healthy = True
    for finding in _findings(settings):
        healthy &= finding.ok
        mark, colour = ("✓", "green") if finding.ok else ("✗", "red")
        console().print(mark, style=colour, end=" ")
        console().print(f"{finding.name}: {finding.detail}")
        if not finding.ok and finding.remedy:
            console().print(f"    {finding.remedy}", markup=False, style="yellow")
    return 0 if healthy else 1


def _findings(settings: "Settings") -> Iterator[Finding]:
    if settings.source.startswith("s3://") or settings.warehouse.startswith("redshift://"):
        yield from check_aws(settings)
    yield _source_finding(settings)
    yield _warehouse_finding(settings)


def _source_finding(settings: "Settings") -> Finding:
    try:
        listing = open_source(settings.source).list_all()
    except SparkifyError as error:
        return Finding("source", ok=False, detail=str(error), remedy="")
    logs = sum(len(files) for files in listing.logs.values())
    detail = f"{settings.source} holds {logs:,} log files and {len(listing.songs):,} song files"
    remedy = "SPARKIFY_SOURCE should hold log_data/YYYY/MM/*.json and song_data/"
    return Finding("source", ok=not listing.empty, detail=detail, remedy=remedy)


def _warehouse_finding(settings: "Settings") -> Finding:
    warehouse = open_warehouse(settings)
    try:
        tables = warehouse.existing_tables()
    except SparkifyError as error:
        return Finding("warehouse", ok=False, detail=str(error), remedy="")
    detail = f"{warehouse.name} at {warehouse.location} has {len(tables)} tables"
    return Finding("warehouse", ok=True, detail=detail, remedy="")


def _print_state(state: ClusterState) -> None:
    cost = state.estimated_usd_per_hour
    console().print(
        f"{state.name} ({state.kind}) is {state.state}; endpoint {state.host}:{state.port}; "
        f"role {state.role_arn or 'none'}; {state.nodes} x {state.node_type}; "
        f"about {'unknown' if cost is None else f'{cost:.2f}'} USD an hour",
        markup=False,
    )


def _print(message: str) -> None:
    console().print(message, markup=False)
