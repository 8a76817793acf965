"""`sparkify load`: a plan, Dagster runs that carry it out, and a summary."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sparkify_dagster.cli.show import console, following, print_table
from sparkify_dagster.dashboard import dashboard_link
from sparkify_dagster.instance.home import instance_home
from sparkify_dagster.lake.source import open_source
from sparkify_dagster.loading.plan import Plan, make_plan, plan_rest
from sparkify_dagster.loading.schema import ensure_tables
from sparkify_dagster.warehouse import open_warehouse

if TYPE_CHECKING:
    from sparkify_dagster.lake.source import Source
    from sparkify_dagster.settings import Settings
    from sparkify_dagster.warehouse import Warehouse

_SHOWN = 5
_JOBS = {
    (True, True): "load",
    (True, False): "load_log_month",
    (False, True): "load_songs",
    (False, False): "answer",
}
_TABLES = (
    "staging_events",
    "staging_songs",
    "songplays",
    "users",
    "songs",
    "artists",
    "time",
    "rejected_records",
)


@dataclass
class Loaded:
    """What a load came to: what each failed month (or `songs`) says, and other errors."""

    dashboard: str = ""
    runs: list[str] = field(default_factory=list)
    months: set[str] = field(default_factory=set)
    songs: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether all work and all checks are good."""
        return not self.failed and not self.errors


def load_all(settings: "Settings", months: Sequence[str] = ()) -> int:
    """Load what the source has and the warehouse lacks; give the exit status."""
    began = time.monotonic()
    warehouse, source = open_warehouse(settings), open_source(settings.source)
    with warehouse.session():
        warehouse.provision(console().print)
        ensure_tables(warehouse)
        plan = make_plan(warehouse, source, settings.first_month, months)
        _tell_strangers(plan, settings)
        if not plan:
            _tell_nothing_new(plan, began)
            return 0
        loaded = _carry_out(plan, settings, warehouse, source, months)
        _summarise(plan, loaded, warehouse, began)
    return 0 if loaded.good else 1


def _carry_out(
    plan: Plan,
    settings: "Settings",
    warehouse: "Warehouse",
    source: "Source",
    wanted: Sequence[str],
) -> Loaded:
    """Run until nothing is left to do but what failed; a failed month does not stop the others."""
    from sparkify_dagster.instance.home import open_instance
    from sparkify_dagster.instance.runs import import_dagster, run_job

    loaded = Loaded(dashboard=dashboard_link(settings.dashboard, instance_home()))
    source.expect(plan.listing)
    import_dagster()
    from sparkify_dagster.code_location import build_definitions
    from sparkify_dagster.instance.failures import SONGS
    from sparkify_dagster.instance.heartbeat import mark_dead_runs

    definitions = build_definitions(settings, warehouse, source)
    with open_instance() as instance, following():
        mark_dead_runs(instance)
        while plan:
            job = _JOBS[bool(plan.months), plan.songs]
            outcome = run_job(instance, definitions, job, plan.months)
            loaded.runs.append(outcome.run_id)
            loaded.months |= {*plan.months}
            loaded.songs |= plan.songs
            loaded.failed |= outcome.failed
            loaded.warnings += outcome.warnings
            if not outcome.good and not outcome.failed:
                loaded.errors += outcome.errors or [f"run {outcome.run_id} failed"]
                break
            done = plan
            plan = plan_rest(warehouse, settings.first_month, wanted)
            plan.months = [month for month in plan.months if month not in loaded.failed]
            plan.songs = plan.songs and SONGS not in loaded.failed
            plan.answers &= plan.songs or bool(plan.months) or not loaded.failed
            if (plan.months, plan.songs, plan.answers) == (done.months, done.songs, done.answers):
                loaded.errors.append(f"run {outcome.run_id} left its work undone")
                break
    return loaded


def _tell_strangers(plan: Plan, settings: "Settings") -> None:
    """Name what the source holds and is not loaded."""
    if plan.outside:
        console().print(
            f"Not loaded, since outside the months from {settings.first_month} to now: "
            f"{', '.join(plan.outside)}",
            style="yellow",
        )
    if plan.strays:
        more = f" and {len(plan.strays) - _SHOWN} more" if len(plan.strays) > _SHOWN else ""
        console().print(
            f"Not loaded, since outside the layout: {', '.join(plan.strays[:_SHOWN])}{more}",
            style="yellow",
            markup=False,
        )


def _tell_nothing_new(plan: Plan, began: float) -> None:
    console().print(
        f"Nothing new: {plan.files['unchanged']:,} files are loaded and unchanged "
        f"({time.monotonic() - began:.1f} s)."
    )


def _summarise(plan: Plan, loaded: Loaded, warehouse: "Warehouse", began: float) -> None:
    rows = warehouse.transact(lambda tx: [(table, tx.count(table)) for table in _TABLES])
    print_table(["table", "rows"], rows, grouped=True)
    files = ", ".join(f"{count:,} {kind}" for kind, count in plan.files.items())
    months = [month for month in sorted(loaded.months) if month not in loaded.failed]
    span = f"{months[0]} to {months[-1]}" if len(months) > 1 else "".join(months)
    what = " and ".join(part for part in (span, "songs" if loaded.songs else "") if part)
    what = what or "what is asked of the star"
    console().print(f"Files: {files}.", markup=False)
    for month, message in sorted(loaded.failed.items()):
        console().print(f"{month} failed: {message}", style="red", markup=False)
    for error in loaded.errors:
        console().print(error, style="red", markup=False)
    for warning in dict.fromkeys(loaded.warnings):
        console().print(f"Warning: {warning}", style="yellow", markup=False)
    if loaded.good:
        console().print(
            f"Loaded {what} into {warehouse.location} in {time.monotonic() - began:.1f} s; "
            "every check passed.\n"
            'Look at it: sparkify query "SELECT * FROM songplays LIMIT 5", or sparkify ui\n'
            f"Dashboard: {loaded.dashboard} (sparkify dashboard)",
            markup=False,
            style="green",
        )
