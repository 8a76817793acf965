"""What the load assumes of COPY from JSON, and of the views that show its errors."""

from collections.abc import Sequence

from sparkify_dagster.warehouse.redshift.copying import CopyFailedError
from sparkify_dagster.warehouse.redshift.load_errors import LOOKUPS
from sparkify_dagster.warehouse.redshift.probe_bench import Bench, Rows, Trial

_OVER_4_MB = 4 * 1024 * 1024 + 1
_OTHER_LOOKUPS = "nothing, as long as one of the four lookups shows the errors"
_READ = "set SPARKIFY_REDSHIFT_LOGS=read"


def _copied(  # noqa: PLR0913, PLR0917 - a table, what is copied, and what comes of it
    assumption: str,
    otherwise: str,
    table: str,
    body: str,
    paths: Sequence[str],
    expected: Rows,
    rejected: int = 0,
    *,
    needed: bool = False,
) -> Trial:
    """Test that a COPY into a table, written as `name (columns)`, gives rows and rejects."""
    name = table.partition(" ")[0]

    def run(bench: Bench) -> bool:
        bench.run(f"CREATE TABLE {table}")
        copied = bench.copy(name, body, paths)
        rows = bench.run(f"SELECT * FROM {name} ORDER BY 1")
        return (rows, len(copied.errors)) == (expected, rejected)

    return Trial(assumption, otherwise, run, needed)


def _rolled_back(bench: Bench) -> bool:
    bench.run("CREATE TABLE undone (a INTEGER)", "BEGIN")
    bench.copy("undone", '{"a": 1}\n', ["$['a']"])
    return bench.run("ROLLBACK", "SELECT COUNT(*) FROM undone") == [(0,)]


def _counted(bench: Bench) -> bool:
    bench.run("CREATE TABLE counted (a INTEGER)")
    return bench.count_copied("counted", '{"a": 1}\n{"a": 2}\n', ["$['a']"]) == 2  # noqa: PLR2004


def _gives_up_at_maxerror(bench: Bench) -> bool:
    bench.run("CREATE TABLE given_up (a INTEGER)")
    try:
        bench.copy("given_up", '{"a": 1}\n{"a": "x"}\n{"a": "y"}\n', ["$['a']"], max_errors=2)
    except CopyFailedError as error:
        return bool(error.errors)
    return False


def _fails(assumption: str, otherwise: str, table: str, body: str, path: str) -> Trial:
    """Test that a COPY fails as a whole, whatever MAXERROR allows."""

    def run(bench: Bench) -> bool:
        import psycopg2

        bench.run(f"CREATE TABLE {table} (a INTEGER)")
        try:
            bench.copy(table, body, [path])
        except psycopg2.Error as error:
            # Not by a refusal, which would say nothing about the record.
            return not (error.pgcode or "").startswith(("42", "28"))
        return False

    return Trial(assumption, otherwise, run)


def _lookup(name: str) -> Trial:
    return Trial(
        f"a COPY's errors: {name}",
        _OTHER_LOOKUPS,
        lambda bench: len(bench.shown_errors()[name]) == 1,
    )


TRIALS = (
    Trial(
        "COPY in a transaction is undone by ROLLBACK",
        "a load that fails leaves rows behind: load nothing into this database",
        _rolled_back,
        needed=True,
    ),
    Trial(
        "pg_last_copy_count() gives the number of rows",
        "every load stops with a message, since rows could be lost unseen",
        _counted,
        needed=True,
    ),
    _copied(
        "COPY's notices give the number of rows, too",
        f"a load of log files stops with a message; {_READ}",
        "noted (a INTEGER)",
        '{"a": 1}\n{"a": 2}\n',
        ["$['a']"],
        [(1,), (2,)],
    ),
    _copied(
        "below MAXERROR, COPY leaves bad records out and a view shows each",
        f"every load with a rejected record stops with a message; {_READ}",
        "left_out (a INTEGER)",
        '{"a": 1}\n{"a": "x"}\n{"a": 2}\n',
        ["$['a']"],
        [(1,), (2,)],
        rejected=1,
    ),
    Trial(
        "at MAXERROR, COPY fails and a view shows the first errors",
        "the load fails without naming the records",
        _gives_up_at_maxerror,
    ),
    *map(_lookup, LOOKUPS),
    _copied(
        "one JSONPath for two columns",
        f"no log file can be copied; {_READ}",
        "doubled (a VARCHAR(64), b DOUBLE PRECISION)",
        '{"a": 2.5}\n',
        ["$['a']", "$['a']"],
        [("2.5", 2.5)],
    ),
    _copied(
        "a JSON number reaches a VARCHAR as it is written",
        f"the rules reject numbers that COPY writes in another way; {_READ}",
        "as_written (a VARCHAR(64))",
        '{"a": 1541030401000.50}\n',
        ["$['a']"],
        [("1541030401000.50",)],
    ),
    _copied(
        "after broken JSON, COPY goes on with the next line",
        "the month's load stops with a message, or rejects more records than other engines; "
        f"{_READ}",
        "went_on (a INTEGER)",
        '{"a": 1}\n{"a": \n{"a": 2}\n',
        ["$['a']"],
        [(1,), (2,)],
        rejected=1,
    ),
    _copied(
        "a byte order mark is ignored",
        f"the first record of such a file is rejected; {_READ}",
        "marked (a INTEGER)",
        '\ufeff{"a": 1}\n',
        ["$['a']"],
        [(1,)],
    ),
    _copied(
        "an absent key is NULL",
        f"no log file can be copied; {_READ}",
        "absent (a INTEGER, b INTEGER)",
        '{"a": 1}\n',
        ["$['a']", "$['b']"],
        [(1, None)],
    ),
    _fails(
        "an object over 4 MB fails the COPY",
        "it is one reject, as on other engines",
        "too_large",
        f'{{"a": 1, "b": "{"x" * _OVER_4_MB}"}}\n',
        "$['a']",
    ),
    _fails(
        "a JSONPath beyond the end of an array fails the COPY",
        "nothing: the load writes all elements of its arrays",
        "too_short",
        "[1]\n",
        "$[1]",
    ),
)
