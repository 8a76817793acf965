"""Tests, on a real cluster or workgroup, what a load assumes of Redshift.

Amazon documents some of it, and some not (docs/redshift.md says which). The probe runs small
statements and COPYs in a schema of its own and removes the schema; other tables are not touched.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from sparkify_dagster.cluster import Aws
from sparkify_dagster.errors import LoadError, SettingsError, WarehouseError
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.redshift import probe_copies, probe_statements
from sparkify_dagster.warehouse.redshift.connection import Connector
from sparkify_dagster.warehouse.redshift.copy_setup import CopySetup
from sparkify_dagster.warehouse.redshift.probe_bench import Bench, NotTested, Trial, run
from sparkify_dagster.warehouse.redshift.transient import Backoff, in_words, retry

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class in fact

TRIALS: tuple[Trial, ...] = (*probe_statements.TRIALS, *probe_copies.TRIALS)


@dataclass(frozen=True)
class Assumption:
    """What was found about one assumption.

    `held` is None if this user could not test it. `otherwise` is what the load does if it does not
    hold, and `needed` whether no load works then. `detail` is what the database said, if it refused
    a statement.
    """

    name: str
    held: bool | None
    needed: bool
    otherwise: str
    seconds: float
    detail: str = ""


def run_probe(
    settings: Settings,
    *,
    trials: Sequence[Trial] = TRIALS,
    error_wait_seconds: float = 120,
    report: Callable[[str], None] = lambda name: None,  # noqa: ARG005
) -> list[Assumption]:
    """Test assumptions; `report` is given the name of each before its test.

    Raises SettingsError if the warehouse is not Redshift, and WarehouseError if it cannot be
    reached or the schema cannot be created.
    """
    if not settings.warehouse.startswith("redshift:"):
        raise SettingsError(
            "the probe tests assumptions about Redshift, and SPARKIFY_WAREHOUSE is not redshift://"
        )
    if not settings.control:
        raise SettingsError("SPARKIFY_CONTROL is needed for Redshift: s3://bucket/prefix")
    aws = Aws()
    connector = Connector(settings, aws)
    setup = CopySetup(settings, aws, connector, error_wait_seconds)
    schema = f"sparkify_probe_{uuid4().hex[:8]}"
    with closing(_connected(connector)) as connection:
        _create_schema(connection, schema)
    try:
        with closing(Bench.connect(schema, setup)) as bench:
            return [_tried(bench, trial, report) for trial in trials]
    finally:
        # By a session of its own: the bench's may be lost, or in a failed transaction.
        with closing(_connected(connector)) as connection:
            run(connection, f"DROP SCHEMA {schema} CASCADE")


def _tried(bench: Bench, trial: Trial, report: Callable[[str], None]) -> Assumption:
    import psycopg2

    report(trial.assumption)
    began, detail = time.monotonic(), ""
    held: bool | None = False
    try:
        held = trial.run(bench)
    except NotTested as reason:
        held, detail = None, str(reason)
    except psycopg2.Error as error:
        detail = in_words(error)
    except LoadError as error:
        detail = str(error)
    seconds = time.monotonic() - began
    bench.reset()
    return Assumption(trial.assumption, held, trial.needed, trial.otherwise, seconds, detail)


def _connected(connector: Connector) -> "Connection":
    return retry(
        connector.connect, Backoff(), connector.location, between=lambda _: connector.forget()
    )


def _create_schema(connection: "Connection", schema: str) -> None:
    import psycopg2.errors

    try:
        run(connection, f"CREATE SCHEMA {schema}")
    except psycopg2.errors.InsufficientPrivilege as error:
        raise WarehouseError(
            f"the probe works in a schema of its own and may not create it: {in_words(error)}. "
            "GRANT CREATE ON DATABASE … TO the user of the load, or run it as an administrator"
        ) from error
