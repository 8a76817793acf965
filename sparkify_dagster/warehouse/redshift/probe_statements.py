"""What the load assumes of statements, keys, locks and transactions."""

import hashlib

from sparkify_dagster.warehouse.redshift.probe_bench import Bench, Rows, Trial, run

_TEXT = "1541030401000|39|1"
_NO_DUPLICATE_IS_MISSED = (
    "nothing: keys are checked by grouping in temporary tables, which declare none"
)


def _script(
    assumption: str, otherwise: str, statements: str, expected: Rows, *, needed: bool = False
) -> Trial:
    """Test that statements, separated by `;`, run, and that the last gives these rows."""
    lines = [statement.strip() for statement in statements.split(";")]
    return Trial(assumption, otherwise, lambda bench: bench.run(*lines) == expected, needed)


def _snapshot_after_lock(bench: Bench) -> bool:
    bench.run("CREATE TABLE locked (a INTEGER)", "BEGIN")
    bench.run_other("INSERT INTO locked VALUES (1)")
    return bench.run("LOCK TABLE locked", "SELECT COUNT(*) FROM locked") == [(1,)]


def _readers_do_not_wait(bench: Bench) -> bool:
    bench.run("CREATE TABLE written (a INTEGER)", "BEGIN", "INSERT INTO written VALUES (1)")
    return bench.run_other("SELECT COUNT(*) FROM written") == [(0,)]


def _reads_are_repeatable(bench: Bench) -> bool:
    bench.run("CREATE TABLE growing (a INTEGER)", "BEGIN", "SELECT COUNT(*) FROM growing")
    bench.run_other("INSERT INTO growing VALUES (1)")
    return bench.run("SELECT COUNT(*) FROM growing") == [(0,)]


def _snapshot_isolation(bench: Bench) -> bool:
    """Two transactions read what the other writes, which serializable isolation refuses."""
    bench.run("CREATE TABLE first (a INTEGER)", "CREATE TABLE second (a INTEGER)")
    bench.run("BEGIN", "SELECT COUNT(*) FROM first")
    bench.run_other("BEGIN", "SELECT COUNT(*) FROM second")
    bench.run("INSERT INTO second VALUES (1)")
    bench.run_other("INSERT INTO first VALUES (1)", "COMMIT")
    bench.run("COMMIT")
    return True


def _holder_is_shown(bench: Bench) -> bool:
    bench.run("CREATE TABLE held (a INTEGER)", "BEGIN", "LOCK TABLE held")
    rows = bench.run_other(
        "SELECT pid FROM svv_transactions WHERE granted "
        "AND relation = (SELECT c.oid FROM pg_class AS c WHERE c.relname = 'held')"
    )
    return (bench.main.get_backend_pid(),) in rows


def _shown_to_another_user(bench: Bench) -> bool:
    bench.run("CREATE TABLE IF NOT EXISTS owned (a INTEGER)")
    with bench.another_user() as connection:
        rows = run(
            connection,
            "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
            f"WHERE n.nspname = '{bench.schema}' AND c.relname = 'owned'",
        )
    return rows == [("owned",)]


def _hidden_from_another_user(bench: Bench) -> bool:
    bench.run("CREATE TABLE IF NOT EXISTS owned (a INTEGER)")
    with bench.another_user() as connection:
        rows = run(
            connection,
            "SELECT table_name FROM information_schema.tables "
            f"WHERE table_schema = '{bench.schema}'",
        )
    return rows == []


def _catalogue_is_readable(bench: Bench) -> bool:
    bench.run("CREATE TABLE catalogued (a INTEGER)")
    rows = bench.run(
        "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE n.nspname = CURRENT_SCHEMA() AND c.relname = 'catalogued'"
    )
    return rows == [("catalogued",)]


TRIALS = (
    _script(
        "GROUP BY finds a declared key that is there twice",
        _NO_DUPLICATE_IS_MISSED,
        "CREATE TABLE grouped (id INTEGER NOT NULL, a INTEGER, PRIMARY KEY (id));"
        "INSERT INTO grouped VALUES (1, 1), (1, 2);"
        "SELECT id FROM grouped GROUP BY id HAVING COUNT(*) > 1",
        [(1,)],
    ),
    _script(
        "DISTINCT over a declared key gives it once",
        _NO_DUPLICATE_IS_MISSED,
        "CREATE TABLE kept_apart (id INTEGER NOT NULL, a INTEGER, PRIMARY KEY (id));"
        "INSERT INTO kept_apart VALUES (1, 1), (1, 2);"
        "SELECT DISTINCT id FROM kept_apart",
        [(1,)],
    ),
    _script(
        "LEFT JOIN along a declared reference finds rows without a target",
        "nothing: references are checked from temporary tables, which declare none",
        "CREATE TABLE target (id INTEGER NOT NULL, PRIMARY KEY (id));"
        "CREATE TABLE referring (id INTEGER REFERENCES target (id));"
        "INSERT INTO referring VALUES (7);"
        "SELECT r.id FROM referring AS r LEFT JOIN target AS t ON t.id = r.id WHERE t.id IS NULL",
        [(7,)],
    ),
    _script(
        "WITH gone AS (… EXCEPT …) DELETE … USING gone",
        "the build of tables that are published by difference fails; nothing of them is published",
        "CREATE TABLE pairs (a INTEGER, b INTEGER);"
        "INSERT INTO pairs VALUES (1, 1), (1, 2), (2, 2);"
        "CREATE TABLE kept_pairs (a INTEGER, b INTEGER);"
        "INSERT INTO kept_pairs VALUES (1, 2);"
        "WITH gone AS (SELECT a, b FROM pairs EXCEPT SELECT a, b FROM kept_pairs) "
        "DELETE FROM pairs USING gone WHERE gone.a = pairs.a AND gone.b = pairs.b;"
        "SELECT a, b FROM pairs ORDER BY a, b",
        [(1, 2)],
        needed=True,
    ),
    _script(
        "EXCEPT compares whole rows, and NULL equals NULL",
        "rows with NULLs are deleted and inserted again with each build; the result is the same",
        "CREATE TABLE old_rows (a INTEGER, b VARCHAR(8));"
        "INSERT INTO old_rows VALUES (1, NULL), (2, 'x');"
        "SELECT a FROM (SELECT a, b FROM old_rows EXCEPT SELECT 1, CAST(NULL AS VARCHAR(8))) AS r",
        [(2,)],
    ),
    _script(
        "a temporary table is dropped by ROLLBACK",
        "the build after one that failed stops with a message: run the load again",
        "BEGIN; CREATE TEMP TABLE transient (a INTEGER); ROLLBACK;"
        "BEGIN; CREATE TEMP TABLE transient (a INTEGER); SELECT COUNT(*) FROM transient",
        [(0,)],
    ),
    Trial(
        "LOCK TABLE first: the transaction sees what was committed before it",
        "nothing: transactions that conflict are tried again from the start",
        _snapshot_after_lock,
    ),
    Trial(
        "a reader does not wait for a writer, and sees the rows before it",
        "analysts wait while a table is published",
        _readers_do_not_wait,
    ),
    Trial(
        "a transaction sees one snapshot throughout",
        "nothing: one load writes at a time",
        _reads_are_repeatable,
    ),
    Trial(
        "the database has snapshot isolation",
        "the transaction is tried again after error 1023, up to ten times",
        _snapshot_isolation,
    ),
    Trial(
        "svv_transactions shows who holds a lock",
        "the message about a load that holds the lock does not name its process",
        _holder_is_shown,
    ),
    Trial(
        "pg_class and CURRENT_SCHEMA() show which tables exist",
        "the load tries to create tables that exist, and fails",
        _catalogue_is_readable,
        needed=True,
    ),
    Trial(
        "pg_class shows another user's tables",
        "a second loader tries to create tables that exist, and fails: load as one user",
        _shown_to_another_user,
    ),
    Trial(
        "information_schema shows a user no tables of others",
        "nothing: it is not read",
        _hidden_from_another_user,
    ),
    _script(
        "names are folded to lower case, in quotes too",
        "nothing: all names in sql/ are lower case",
        'CREATE TABLE "MixedCase" (a INTEGER); SELECT COUNT(*) FROM mixedcase',
        [(0,)],
    ),
    _script(
        "'a' = 'a ' in comparisons and GROUP BY",
        "nothing: the star stores text without trailing blanks",
        "CREATE TABLE blanks (v VARCHAR(8)); INSERT INTO blanks VALUES ('a'), ('a ');"
        "SELECT COUNT(*) FROM blanks GROUP BY v",
        [(2,)],
    ),
    _script(
        "integers are divided as integers, toward zero",
        "times and days are wrong: load nothing into this database",
        "CREATE TABLE numbers (a INTEGER); INSERT INTO numbers VALUES (7);"
        "SELECT a / 2, -a / 2 FROM numbers",
        [(3, -3)],
        needed=True,
    ),
    _script(
        "MD5 gives lower-case hex, and STRTOL reads fifteen digits of it",
        "songplay_id differs from other engines, and `sparkify verify` cannot compare",
        f"CREATE TABLE hashed (v VARCHAR(64)); INSERT INTO hashed VALUES ('{_TEXT}');"
        "SELECT MD5(v), STRTOL(SUBSTRING(MD5(v), 1, 15), 16) FROM hashed",
        [
            (
                hashlib.md5(_TEXT.encode(), usedforsecurity=False).hexdigest(),
                int(hashlib.md5(_TEXT.encode(), usedforsecurity=False).hexdigest()[:15], 16),
            )
        ],
        needed=True,
    ),
    _script(
        "a sum of DECIMAL(38, 0) goes beyond a BIGINT",
        "`sparkify verify` stops with an overflow",
        "CREATE TABLE summed (n BIGINT);"
        "INSERT INTO summed VALUES (9223372036854775807), (9223372036854775807);"
        "SELECT SUM(CAST(n AS DECIMAL(38, 0))) FROM summed",
        [(2 * 9223372036854775807,)],
    ),
    _script(
        "DATEADD adds days and milliseconds to a timestamp",
        "times are wrong: load nothing into this database",
        "CREATE TABLE moments (d INTEGER, ms INTEGER); INSERT INTO moments VALUES (17836, 1500);"
        "SELECT CAST(DATEADD(ms, ms, DATEADD(day, d, CAST('1970-01-01' AS TIMESTAMP))) "
        "AS VARCHAR(21)) FROM moments",
        [("2018-11-01 00:00:01.5",)],
        needed=True,
    ),
    _script(
        "ALTER TABLE ADD COLUMN … DEFAULT … NOT NULL in a transaction",
        "an older warehouse cannot be upgraded: load into an empty schema",
        "CREATE TABLE older (a INTEGER); INSERT INTO older VALUES (1); BEGIN;"
        "ALTER TABLE older ADD COLUMN b INTEGER DEFAULT 5 NOT NULL; SELECT a, b FROM older",
        [(1, 5)],
    ),
)
