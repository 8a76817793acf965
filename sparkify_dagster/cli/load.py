"""`sparkify load`: a plan, Dagster runs that carry it out, and a summary."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sparkify_dagster import partitions
from sparkify_dagster.cli.show import console, following, print_table
from sparkify_dagster.dashboard import dashboard_link
from sparkify_dagster.instance.home import instance_home
from sparkify_dagster.lake.layout import note_unrecognised
from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import references
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.plan import Plan, make_plan, plan_first_load, plan_rest
from sparkify_dagster.loading.schema import ensure_tables
from sparkify_dagster.loading.staging import EVENTS
from sparkify_dagster.models import catalogue
from sparkify_dagster.warehouse import open_warehouse
from sparkify_dagster.wording import counted

if TYPE_CHECKING:
    import dagster as dg

    from sparkify_dagster.lake.source import Source
    from sparkify_dagster.settings import Settings
    from sparkify_dagster.warehouse import Warehouse

_JOBS = {
    (True, True): "load",
    (True, False): "load_log_month",
    (False, True): "load_songs",
    (False, False): "build_analytics",
}
_TABLES = ("staging_events", "staging_songs", "songplays", "users", "songs", "artists", "time")


@dataclass
class Loaded:
    """What a load came to: what each failed month (or `songs`) says, and other errors."""

    dashboard: str = ""
    months: set[str] = field(default_factory=set)
    songs: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether all work and all checks are good."""
        return not self.failed and not self.errors


def load_all(settings: "Settings", months: Sequence[str] = (), *, dry_run: bool = False) -> int:
    """Load what the source has and the warehouse lacks; return the exit status."""
    began = time.monotonic()
    warehouse, source = open_warehouse(settings), open_source(settings.source)
    if dry_run:
        return _show_plan(settings, warehouse, source, months)
    plan = None
    if not warehouse.exists():  # a source that is refused leaves no cluster and no database behind
        plan = plan_first_load(source, settings.first_month, months)
    with warehouse.session():
        warehouse.provision(console().print)
        if not ensure_tables(warehouse) or plan is None:  # another load may have been quicker
            plan = make_plan(warehouse, source, settings.first_month, months)
        _name_unloaded(plan, settings)
        if not plan:
            _say_nothing_new(plan, began)
            return 1 if plan.stuck else 0
        loaded = _carry_out(plan, settings, warehouse, source, months)
        loaded.errors += references.check_removed(warehouse)
        _summarise(plan, loaded, warehouse, began)
    return 0 if loaded.good else 1


def _show_plan(
    settings: "Settings", warehouse: "Warehouse", source: "Source", months: Sequence[str]
) -> int:
    """Print what a load would do and why, and do nothing."""
    if warehouse.exists() and warehouse.existing_tables() >= {
        "table_builds",
        "changes",
        "failed_builds",
    }:
        plan = make_plan(warehouse, source, settings.first_month, months)
    else:
        plan = plan_first_load(source, settings.first_month, months)
    _name_unloaded(plan, settings)
    rows = [
        (
            "songs and tables built in full" if step.log_month == ALL else step.log_month,
            step.table,
            step.reason,
            ", ".join(map(str, step.days)),
        )
        for step in sorted(plan.steps, key=lambda step: (step.log_month == ALL, step.log_month))
    ]
    if rows:
        print_table(["month", "table", "why", "days"], rows, grouped=False)
    counts = ", ".join(f"{count:,} {kind}" for kind, count in plan.counts.items())
    console().print(
        f"Files: {counts}; {counted(plan.bytes, 'byte')} to read. "
        "The days of new files are known once they are read."
    )
    _show_stuck(plan)
    if rows:
        tables = {step.table for step in plan.steps}
        staged = sum(step.table == EVENTS for step in plan.steps)
        if cost := warehouse.estimate(len(tables), staged):
            console().print(cost)
    console().print(
        f"A load would take {counted(len(rows), 'step')}; nothing was done."
        if rows
        else "Nothing new: a load would do nothing."
    )
    return 0


def _carry_out(
    plan: Plan,
    settings: "Settings",
    warehouse: "Warehouse",
    source: "Source",
    wanted: Sequence[str],
) -> Loaded:
    """Run until nothing is left to do but what failed; a failed month does not stop the others."""
    from sparkify_dagster.instance.home import open_instance
    from sparkify_dagster.instance.runs import import_dagster

    loaded = Loaded(
        dashboard=dashboard_link(settings.dashboard, instance_home()),
        failed={_scope(key): reason for key, reason in plan.stuck.items()},
    )
    source.expect(plan.listing)
    import_dagster()
    from sparkify_dagster.code_location import build_definitions
    from sparkify_dagster.instance.heartbeat import mark_dead_runs

    definitions = build_definitions(settings, warehouse, source)
    with open_instance() as instance, following():
        mark_dead_runs(instance)
        while plan:
            done = plan
            _run_all(instance, definitions, plan, loaded)
            plan = plan_rest(warehouse, wanted)
            for key, reason in plan.stuck.items():
                loaded.failed.setdefault(_scope(key), reason)
            plan.leave_out(loaded.failed)
            if plan.steps == done.steps:
                if not loaded.failed and not loaded.errors:
                    loaded.errors.append("the load left work undone: run it again")
                break
    return loaded


def _run_all(
    instance: "dg.DagsterInstance", definitions: "dg.Definitions", plan: Plan, loaded: Loaded
) -> None:
    """Run the months of a plan, in ranges that pass through no month that failed, and the songs."""
    from sparkify_dagster.instance.runs import run_job

    songs = plan.songs
    for months in partitions.ranges(plan.months, loaded.failed) or [[]]:
        job = _JOBS[bool(months), songs]
        outcome = run_job(instance, definitions, job, months)
        loaded.months |= {*months}
        loaded.songs |= songs
        loaded.failed |= outcome.failed
        loaded.warnings += outcome.warnings
        if not outcome.good and not outcome.failed:
            loaded.errors += outcome.errors or [f"run {outcome.run_id} failed"]
        songs = False


def _scope(key: str) -> str:
    """Return the month of a failed build, or its table if it is built in full."""
    table, month = key.split(" ")
    return table if month == ALL else month


def _name_unloaded(plan: Plan, settings: "Settings") -> None:
    """Name what the source holds and is not loaded."""
    if plan.outside:
        console().print(
            f"Not loaded, since outside the months from {settings.first_month} to now: "
            f"{', '.join(plan.outside)}",
            style="yellow",
        )
    if plan.without_files:
        console().print(f"No files: {', '.join(plan.without_files)}", style="yellow")
    note = note_unrecognised(plan.listing.unrecognised)
    if note:
        console().print(note, style="yellow")


def _say_nothing_new(plan: Plan, began: float) -> None:
    console().print(
        f"Nothing new: {counted(plan.counts['unchanged'], 'file')} loaded and unchanged "
        f"({time.monotonic() - began:.1f} s)."
    )
    _show_stuck(plan)


def _show_stuck(plan: Plan) -> None:
    """Name the builds that failed before and are not tried again by themselves."""
    for key, reason in sorted(plan.stuck.items()):
        table, month = key.split(" ")
        what = table if month == ALL else f"{table} of {month}"
        again = "" if month == ALL else f" To try it again: sparkify load --month {month}"
        console().print(f"{what} failed before: {reason}{again}", style="red")


def _summarise(plan: Plan, loaded: Loaded, warehouse: "Warehouse", began: float) -> None:
    rows, rejects = warehouse.transact(
        lambda tx: (
            [(table, tx.count(table)) for table in _TABLES],
            tx.count("rejected_records", "NOT load_failed"),
        )
    )
    print_table(["table", "rows"], [*rows, ("rejected_records", rejects)], grouped=True)
    files = ", ".join(f"{count:,} {kind}" for kind, count in plan.counts.items())
    console().print(f"Files: {files}.")
    months_of: dict[str, list[str]] = {}
    for month, message in sorted(loaded.failed.items()):
        months_of.setdefault(message, []).append(month)
    for message, months in months_of.items():
        console().print(f"{', '.join(months)} failed: {message}", style="red")
    for error in dict.fromkeys(loaded.errors):
        console().print(error, style="red")
    for warning in dict.fromkeys(loaded.warnings):
        console().print(f"Warning: {warning}", style="yellow")
    if loaded.good:
        _say_loaded(loaded, warehouse, rejects, began)
    elif rejects:
        console().print(f"{_rejected(rejects)}.", style="yellow")


def _say_loaded(loaded: Loaded, warehouse: "Warehouse", rejects: int, began: float) -> None:
    months = [month for month in sorted(loaded.months) if month not in loaded.failed]
    span = f"{months[0]} to {months[-1]}" if len(months) > 1 else "".join(months)
    what = " and ".join(part for part in (span, "songs" if loaded.songs else "") if part)
    checks = sum(len(_checks(name)) for name in catalogue.models())
    verdict = (
        f"every check passed ({checks:,} checks of {len(catalogue.models())} tables)"
        if not rejects
        else f"every blocking check passed, and {_rejected(rejects)}"
    )
    console().print(
        f"Loaded {what or 'the analytics'} into {warehouse.location} in "
        f"{time.monotonic() - began:.1f} s; {verdict}.\n"
        'Look at it: sparkify query "SELECT * FROM songplays LIMIT 5", or sparkify ui\n'
        f"Dashboard: {loaded.dashboard} (sparkify dashboard)",
        style="green",
    )


def _rejected(rejects: int) -> str:
    return (
        f"{rejects:,} {'record was' if rejects == 1 else 'records were'} rejected: "
        "`sparkify rejects` lists them"
    )


def _checks(name: str) -> Sequence[object]:
    from sparkify_dagster.loading.checks import checks_of

    return checks_of(name)
