"""The probe: what it finds on a stand-in as documented, and on one that differs."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from unittest import mock

import psycopg2
import pytest

from sparkify_dagster.cli.probe import print_probe
from sparkify_dagster.errors import SettingsError, WarehouseError
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.redshift import probe as probing
from sparkify_dagster.warehouse.redshift import probe_copies, probe_statements
from sparkify_dagster.warehouse.redshift.copying import Copied
from sparkify_dagster.warehouse.redshift.load_errors import LOOKUPS, CopyError
from sparkify_dagster.warehouse.redshift.probe import TRIALS, Assumption, run_probe
from sparkify_dagster_tests.engines import PostgresServer
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import PASSWORD, Cloud

if TYPE_CHECKING:
    from sparkify_dagster.warehouse.redshift.probe_bench import Bench

PAGE = Path(__file__).parents[2] / "docs" / "redshift.md"
BY_SYS, BY_STL = (f"a COPY's errors: {n}" for n in LOOKUPS if "by session" not in n)
FOLDED = "names are folded to lower case, in quotes too"
SNAPSHOT = "the database has snapshot isolation"
DUPLICATE = "GROUP BY finds a declared key that is there twice"
REPEATED = "DISTINCT over a declared key gives it once"
MISSING = "LEFT JOIN along a declared reference finds rows without a target"
SHOWN = "pg_class shows another user's tables"
HIDDEN = "information_schema shows a user no tables of others"
ROLLED_BACK = "COPY in a transaction is undone by ROLLBACK"


def probe(settings: Settings, *names: str) -> dict[str, Assumption]:
    """Run the trials of these names, or all of them."""
    trials = [t for t in TRIALS if not names or t.assumption in names]
    assert len(trials) == len(names or TRIALS)
    return {a.name: a for a in run_probe(settings, trials=trials, error_wait_seconds=1)}


def schemas(redshift: RedshiftStandIn) -> list[str]:
    uri = psycopg2.extensions.make_dsn(redshift.postgres_uri, dbname=redshift.postgres_database)
    connection = psycopg2.connect(uri)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'sparkify_probe%'")
        found = [str(name) for (name,) in cursor.fetchall()]
    connection.close()
    return found


def test_all_that_a_load_assumes_holds_and_nothing_is_left(
    settings: Settings, redshift: RedshiftStandIn, cloud: Cloud
) -> None:
    found = probe(settings)
    assert [a for a in found.values() if not a.held] == []
    assert schemas(redshift) == []
    assert cloud.control() == []


@pytest.fixture
def other(
    request: pytest.FixtureRequest, postgres_server: PostgresServer, moto_url: str
) -> Iterator[RedshiftStandIn]:
    """Give a stand-in of another kind or isolation level."""
    options: dict[str, Any] = request.param
    with RedshiftStandIn(
        postgres=postgres_server.url("postgres"), s3_endpoint=moto_url, password=PASSWORD, **options
    ) as stand_in:
        yield stand_in


def settings_of(settings: Settings, stand_in: RedshiftStandIn) -> Settings:
    changed = replace(settings.redshift, port=stand_in.port, ca_file=stand_in.ca_file)
    return replace(settings, redshift=changed)


@pytest.mark.parametrize("other", [{"isolation": "serializable"}], indirect=True)
def test_serializable_isolation_is_found(settings: Settings, other: RedshiftStandIn) -> None:
    found = probe(settings_of(settings, other), SNAPSHOT, FOLDED)
    assert not found[SNAPSHOT].held
    assert "1023" in found[SNAPSHOT].detail
    assert found[FOLDED].held, "a trial that fails must not stop the next"
    assert not found[SNAPSHOT].needed


@pytest.mark.parametrize("other", [{"kind": "serverless"}], indirect=True)
def test_a_workgroup_shows_errors_in_sys_views_only(
    settings: Settings, other: RedshiftStandIn
) -> None:
    found = probe(settings_of(settings, other), BY_SYS, BY_STL)
    assert (found[BY_SYS].held, found[BY_STL].held) == (True, False)


@pytest.mark.parametrize("other", [{"trusts_keys": True}], indirect=True)
def test_a_planner_that_believes_declared_keys_is_found(
    settings: Settings, other: RedshiftStandIn
) -> None:
    """test_keys.py shows that a load's checks find the rows all the same."""
    found = probe(settings_of(settings, other), DUPLICATE, REPEATED, MISSING)
    assert {one.held for one in found.values()} == {False}
    assert not any(one.needed for one in found.values())


def test_a_user_who_may_create_no_users_leaves_two_assumptions_untested(
    settings: Settings, redshift: RedshiftStandIn
) -> None:
    redshift.passwords["loader"] = PASSWORD
    run = psycopg2.connect(
        psycopg2.extensions.make_dsn(redshift.postgres_uri, dbname=redshift.postgres_database)
    )
    run.autocommit = True
    redshift.principals.log_in("loader")
    with run.cursor() as cursor:
        cursor.execute(f'GRANT CREATE ON DATABASE "{redshift.postgres_database}" TO loader')
    run.close()
    loader = replace(settings, redshift=replace(settings.redshift, user="loader"))
    found = probe(loader, SHOWN, HIDDEN, FOLDED)
    assert (found[SHOWN].held, found[HIDDEN].held, found[FOLDED].held) == (None, None, True)
    assert "as a user who may create users" in found[SHOWN].detail


class WrongBench:
    """A Redshift that runs everything and gives nothing that is expected."""

    schema = "wrong"
    main = mock.Mock(get_backend_pid=lambda: 7)

    def run(self, *_: str) -> list[tuple[object, ...]]:
        return [("wrong",)]

    run_other = run
    another_user = mock.MagicMock()

    def copy(self, *_: object, **__: object) -> Copied:
        return Copied(0, [])

    def count_copied(self, *_: object) -> int:
        return 0

    def shown_errors(self) -> dict[str, list[CopyError]]:
        return {name: [] for name in LOOKUPS}


def test_every_trial_notices_an_answer_that_is_not_the_expected_one() -> None:
    """But one: error 1023 is all that shows that isolation is serializable."""
    held = {trial.assumption for trial in TRIALS if trial.run(cast("Bench", WrongBench()))}
    assert held == {SNAPSHOT}


def test_a_view_that_the_user_may_not_read_is_found(
    settings: Settings, redshift: RedshiftStandIn
) -> None:
    redshift.deny_view("sys_load_history")
    found = probe(settings, BY_SYS, BY_STL)
    assert (found[BY_SYS].held, found[BY_STL].held) == (False, True)


@pytest.mark.parametrize(
    ("at", "assumption"),
    [
        ("WITH gone", "WITH gone AS (… EXCEPT …) DELETE … USING gone"),
        ("ADD COLUMN", "ALTER TABLE ADD COLUMN … DEFAULT … NOT NULL in a transaction"),
        ("EXCEPT SELECT", "EXCEPT compares whole rows, and NULL equals NULL"),
        ("FROM svv_transactions", "svv_transactions shows who holds a lock"),
        ("COPY doubled", "one JSONPath for two columns"),
        (r"STRTOL\(", "MD5 gives lower-case hex, and STRTOL reads fifteen digits of it"),
    ],
)
def test_a_statement_that_redshift_refuses_is_named_with_what_it_says(
    settings: Settings, redshift: RedshiftStandIn, at: str, assumption: str
) -> None:
    redshift.faults.raise_error(at, "0A000", "this is not supported")
    found = probe(settings, assumption)[assumption]
    assert (found.held, found.detail) == (False, "this is not supported")
    assert redshift.faults.pending == 0


def test_a_lost_connection_costs_one_trial(settings: Settings, redshift: RedshiftStandIn) -> None:
    redshift.faults.drop_connection('"MixedCase"')
    found = probe(settings, FOLDED, ROLLED_BACK)
    assert (found[FOLDED].held, found[ROLLED_BACK].held) == (False, True)
    assert schemas(redshift) == []


def test_a_user_who_may_create_no_schema_reads_what_to_grant(
    settings: Settings, redshift: RedshiftStandIn
) -> None:
    redshift.faults.raise_error("CREATE SCHEMA", "42501", "permission denied for database")
    with pytest.raises(WarehouseError, match="GRANT CREATE ON DATABASE"):
        probe(settings)


def test_other_engines_are_refused() -> None:
    with pytest.raises(SettingsError, match="not redshift://"):
        run_probe(Settings(warehouse="duckdb:///x.duckdb"))


def test_each_assumption_has_a_name_of_its_own_and_says_what_the_load_does() -> None:
    trials = [*probe_statements.TRIALS, *probe_copies.TRIALS]
    assert len({t.assumption for t in trials}) == len(trials)
    assert all(t.otherwise for t in trials)


def test_the_command_prints_what_held_and_fails_only_if_no_load_works(
    settings: Settings,
    redshift: RedshiftStandIn,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    some = [t for t in TRIALS if t.assumption in {FOLDED, ROLLED_BACK}]
    monkeypatch.setattr(probing, "run_probe", partial(run_probe, trials=some))
    assert print_probe(settings) == 0
    assert "2 of 2 assumptions hold" in capsys.readouterr().out
    redshift.faults.raise_error('"MixedCase"', "42P01", "no such table")
    assert print_probe(settings) == 0
    redshift.faults.raise_error("TABLE undone", "42P01", "no such table")
    assert print_probe(settings) == 1
    assert "1 of the others" in capsys.readouterr().out


def test_the_page_lists_each_assumption_with_its_source() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    listed = {r[0].removeprefix("| "): r[1:] for r in rows if len(r) == 3}
    for trial in TRIALS:
        name = f"{trial.assumption} (needed)" if trial.needed else trial.assumption
        source, otherwise = listed[name]
        assert source.startswith(("documented", "assumed")), name
        assert otherwise == f"{trial.otherwise} |", name
