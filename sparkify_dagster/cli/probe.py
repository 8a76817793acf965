"""`sparkify doctor --probe`."""

from typing import TYPE_CHECKING

from sparkify_dagster.cli.show import console, print_table

if TYPE_CHECKING:
    from sparkify_dagster.settings import Settings
    from sparkify_dagster.warehouse.redshift.probe import Assumption


def print_probe(settings: "Settings") -> int:
    """Test what a load assumes of Redshift, and print what held; return the exit status.

    It is 1 if an assumption does not hold without which no load works.
    """
    from sparkify_dagster.warehouse.redshift.probe import run_probe

    with console().status("Testing what a load assumes of Redshift …") as status:
        found = run_probe(settings, report=status.update)
    print_table(("assumption", "held", "otherwise the load", "seconds"), table_of(found))
    for one in found:
        if one.detail:
            console().print(f"{one.name}: {one.detail}")
    failed = [one for one in found if not one.held]
    needed = [one for one in failed if one.needed]
    console().print(
        f"{len(found) - len(failed)} of {len(found)} assumptions hold; "
        f"{len(needed)} of the others prevent loads."
    )
    return 1 if needed else 0


def table_of(found: "list[Assumption]") -> list[tuple[object, ...]]:
    """Return the rows of the table: assumption, held, what the load does, seconds."""
    return [
        (one.name, "yes" if one.held else "NO", one.otherwise, round(one.seconds, 1))
        for one in found
    ]
