"""`sparkify verify`."""

from typing import TYPE_CHECKING

from sparkify_dagster.cli.show import console, following, print_table
from sparkify_dagster.wording import counted

if TYPE_CHECKING:
    from sparkify_dagster.settings import Settings
    from sparkify_dagster.verify import Difference


def print_verification(settings: "Settings") -> int:
    """Compare the warehouse with a local load, and print what differs; return the exit status."""
    from sparkify_dagster.verify import verify

    tables, found = 0, list["Difference"]()
    with following():
        for _, differences in verify(settings):
            tables += 1
            found += differences
    for one in found:
        _print_difference(one)
    if not found:
        console().print(f"All {tables} tables hold what a local load of {settings.source} holds.")
        return 0
    names = dict.fromkeys(one.table for one in found)
    console().print(f"{len(names)} of {tables} tables differ: {', '.join(names)}.", style="red")
    return 1


def _print_difference(one: "Difference") -> None:
    month = f" in {one.log_month}" if one.log_month else ""
    console().print(
        f"{one.table}{month}: {counted(one.rows, 'row')}, {one.expected_rows:,} expected",
        style="red",
    )
    for title, rows in (("missing", one.missing), ("not expected", one.unexpected)):
        if rows:
            console().print(f"first rows that are {title}:")
            print_table(one.columns, rows)
