"""`sparkify doctor --probe`."""

from typing import TYPE_CHECKING

from sparkify_dagster.cli.show import console, print_table

if TYPE_CHECKING:
    from sparkify_dagster.settings import Settings
    from sparkify_dagster.warehouse.redshift.probe import Assumption


_HELD = {True: "yes", False: "NO", None: "not tested"}


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
    held = sum(one.held is True for one in found)
    needed = [one for one in found if one.held is False and one.needed]
    untested = sum(one.held is None for one in found)
    console().print(
        f"{held} of {len(found)} assumptions hold; {len(needed)} of the others prevent loads"
        + (f"; {untested} could not be tested." if untested else ".")
    )
    return 1 if needed else 0


def table_of(found: "list[Assumption]") -> list[tuple[object, ...]]:
    """Return the rows of the table: assumption, held, what the load does, seconds."""
    return [(one.name, _HELD[one.held], one.otherwise, round(one.seconds, 1)) for one in found]
