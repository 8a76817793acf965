"""The code location: what it is made of, what a run of it does, and Dagster's own command lines."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

import sparkify_dagster
from sparkify_dagster import partitions
from sparkify_dagster.code_location import build_definitions
from sparkify_dagster.instance.runs import range_tags
from sparkify_dagster.loading import checks
from sparkify_dagster.models import catalogue, contract
from sparkify_dagster.settings import Settings
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.loading.driver import by_content, load, star_in, warehouse_in
from sparkify_dagster_tests.oracle import star_of

ROOT = Path(sparkify_dagster.__file__).parents[1]
DEFINITIONS = build_definitions(Settings())
GRAPH = DEFINITIONS.resolve_asset_graph()
GROUPS = {
    "warehouse": ("redshift_cluster",),
    "staging": ("staging_events", "staging_songs"),
    "star": ("songplays", "users", "songs", "artists", "time"),
}
CORE = [name for names in GROUPS.values() for name in names]
MONTHLY = ("staging_events", "songplays", "users", "time")
TABLES = [name for name in CORE if name in contract.tables()]


@dataclass
class House:
    """A source of two months, an empty warehouse, and definitions over both."""

    source: Path
    warehouse: Warehouse
    instance: dg.DagsterInstance
    definitions: dg.Definitions

    def run(
        self, job: str, months: Sequence[str] = (), **options: Any
    ) -> dg.ExecuteInProcessResult:
        """Run a job over a range of months."""
        tags = range_tags(min(months), max(months)) if months else {}
        return self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, tags=tags, raise_on_error=False, **options
        )


def make_house(folder: Path, instance: dg.DagsterInstance) -> House:
    source, path = folder / "source", folder / "warehouse.duckdb"
    simulate(Simulation(4, months=2, events_per_month=200, users=8, songs=30), source)
    settings = Settings(source=str(source), warehouse=f"duckdb:///{path}")
    return House(source, warehouse_in(folder), instance, build_definitions(settings))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house of its own."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield make_house(tmp_path, instance)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a house that one run of two months has loaded; to be read."""
    with dg.DagsterInstance.ephemeral() as instance:
        made = make_house(tmp_path_factory.mktemp("loaded"), instance)
        assert made.run("load", ["2018-11", "2018-12"]).success
        yield made


def spec(name: str) -> dg.AssetSpec:
    return GRAPH.get(dg.AssetKey(name)).to_asset_spec()


def _checks_of(name: str) -> tuple[checks.Check, ...]:
    """Return the checks of an asset; those of the cluster are of the control tables."""
    return checks.checks_of(name) if name in catalogue.models() else checks.control_checks()


def failure(result: dg.ExecuteInProcessResult) -> str:
    """Give what the steps that failed say."""
    events = [e for e in result.all_events if e.is_step_failure]
    errors = [e.step_failure_data.error for e in events]
    return "\n".join(f"{e.message} {e.cause}" for e in errors if e is not None)


# What it is made of


@pytest.mark.parametrize(
    "warehouse",
    ["duckdb:///data/x.duckdb", "postgresql://nowhere.invalid/db", "redshift://"],
)
def test_definitions_load_for_every_engine_and_touch_nothing(
    warehouse: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(source="s3://bucket/x", control="s3://bucket/y", warehouse=warehouse)
    dg.Definitions.validate_loadable(build_definitions(settings))
    assert list(tmp_path.iterdir()) == []


def test_the_assets_are_the_designs_in_their_groups() -> None:
    found = {key.to_user_string() for key in GRAPH.get_all_asset_keys()}
    assert set(CORE) <= found
    for group, names in GROUPS.items():
        assert {spec(name).group_name for name in names} == {group}


def test_what_depends_on_a_log_month_is_partitioned_and_nothing_else() -> None:
    partitioned = [name for name in CORE if GRAPH.get(dg.AssetKey(name)).is_partitioned]
    assert set(partitioned) == set(MONTHLY)


def test_partitions_are_log_months_up_to_the_running_one() -> None:
    definition = spec("songplays").partitions_def
    assert definition is not None
    wanted = partitions.months_between("2018-11", partitions.running_month())
    assert list(definition.get_partition_keys()) == wanted


def test_the_first_month_is_a_setting() -> None:
    graph = build_definitions(Settings(first_month="2026-01")).resolve_asset_graph()
    definition = graph.get(dg.AssetKey("time")).partitions_def
    assert definition is not None
    assert definition.get_partition_keys()[0] == "2026-01"


@pytest.mark.parametrize("name", CORE)
def test_every_asset_says_what_it_is_whose_and_of_what_kind(name: str) -> None:
    asset = spec(name)
    assert asset.description
    assert asset.owners
    assert "duckdb" in asset.kinds
    if name in contract.tables():
        assert asset.description == contract.table(name).comment
        assert "sql" in asset.kinds


@pytest.mark.parametrize("name", TABLES)
def test_a_tables_asset_shows_columns_name_and_sql_of_its_table(name: str) -> None:
    metadata = spec(name).metadata
    columns = metadata["dagster/column_schema"].columns
    declared = contract.table(name)
    assert metadata["dagster/table_name"] == name
    assert [column.name for column in columns] == list(declared.column_names)
    for shown, column in zip(columns, declared.columns, strict=True):
        assert (shown.type, shown.description) == (column.type, column.comment)
        assert shown.constraints.nullable is not column.required
        assert shown.constraints.unique is ((column.name,) == declared.primary_key)
    others = {column.name: column.constraints.other for column in columns}
    for reference in declared.references:
        assert others[reference.column] == [f"references {reference.table} ({reference.target})"]
    for reference in metadata["dagster/code_references"].code_references:
        assert Path(reference.file_path).is_file()


def test_every_check_is_there_and_holds_up_what_follows() -> None:
    for name in CORE:
        keys = {key.name for key in GRAPH.get_check_keys_for_assets({dg.AssetKey(name)})}
        assert keys >= {check.name for check in _checks_of(name)}
        for check in _checks_of(name):
            found = GRAPH.get(dg.AssetCheckKey(dg.AssetKey(name), check.name))
            assert found.blocking is not check.warning
            assert found.description == check.description


@pytest.mark.parametrize("name", TABLES)
def test_every_declaration_of_a_table_and_every_rule_has_its_check(name: str) -> None:
    """Each is broken, and found, in `loading/test_checks.py`."""
    found = {check.name for check in checks.checks_of(name)}
    table = contract.table(name)
    wanted = {rule.name for rule in catalogue.get(name).rules}
    wanted |= {"not_null"} | ({"primary_key"} if table.primary_key else set())
    wanted |= {f"{r.column}_references_{r.table}" for r in table.references}
    assert found - {"no_rejected_records"} == wanted


def test_the_jobs_of_the_design_are_there() -> None:
    names = {job.name for job in DEFINITIONS.resolve_all_job_defs()}
    wanted = {
        *("load", "load_log_month", "load_songs", "build_analytics"),
        *("create_tables", "reset_warehouse"),
    }
    assert wanted <= names


# What a run does


def test_one_run_of_a_range_builds_what_the_oracle_says(loaded: House) -> None:
    wanted = star_of(loaded.source).tables
    for table, rows in star_in(loaded.warehouse).items():
        assert by_content(rows) == by_content(wanted[table])


@pytest.mark.parametrize("name", TABLES)
def test_a_materialisation_tells_rows_months_lineage_and_a_preview(
    loaded: House, name: str
) -> None:
    rows = loaded.warehouse.read(f"SELECT COUNT(*) FROM {name}").rows[0][0]
    records = loaded.instance.fetch_materializations(dg.AssetKey(name), limit=10).records
    found = [record.asset_materialization for record in records]
    materialisations = [one for one in found if one is not None]
    months = {m.partition for m in materialisations}
    assert months == ({"2018-11", "2018-12"} if name in MONTHLY else {None})
    metadata = materialisations[0].metadata
    assert metadata["dagster/row_count"].value == rows
    preview = metadata["preview"]
    assert isinstance(preview, dg.TableMetadataValue)
    assert {column.name for column in preview.schema.columns} == {
        *contract.table(name).column_names
    }
    if name in MONTHLY and name != "users":  # a user is of every month in which they appear
        counts = [m.metadata["dagster/partition_row_count"].value for m in materialisations]
        assert sum(int(str(count)) for count in counts) == rows
    if not name.startswith("staging"):
        lineage = metadata["dagster/column_lineage"].value
        assert isinstance(lineage, dg.TableColumnLineage)
        assert set(lineage.deps_by_column) == set(contract.table(name).column_names)


def test_every_check_of_the_run_passed(loaded: House) -> None:
    result = loaded.run("load", ["2018-11", "2018-12"])
    evaluations = result.get_asset_check_evaluations()
    assert evaluations
    assert [e.check_name for e in evaluations if not e.passed] == []


def test_a_single_partition_loads_that_month_alone(house: House) -> None:
    job = house.definitions.resolve_job_def("load_log_month")
    assert job.execute_in_process(instance=house.instance, partition_key="2018-12").success
    months = house.warehouse.read("SELECT DISTINCT log_month FROM staging_events").rows
    assert months == [("2018-12",)]


@pytest.mark.parametrize("job", ["load", "load_log_month"])
def test_a_run_without_a_month_says_what_to_do(house: House, job: str) -> None:
    result = house.run(job)
    assert not result.success
    assert "this run has no log month: choose one or more partitions" in failure(result)


def test_songs_that_come_later_link_the_plays_that_they_explain(house: House) -> None:
    songs = house.source / "song_data"
    songs.rename(house.source / "kept")
    assert house.run("load", ["2018-11", "2018-12"]).success
    assert not any(row[4] for row in star_in(house.warehouse)["songplays"])
    (house.source / "kept").rename(songs)
    assert house.run("load_songs").success
    [songs_record] = house.instance.fetch_materializations(dg.AssetKey("songs"), limit=1).records
    relinked = songs_record.asset_materialization.metadata["months to relink"].value  # type: ignore[union-attr]
    assert relinked == ["2018-11", "2018-12"]
    assert house.run("load_log_month", ["2018-11", "2018-12"]).success
    wanted = star_of(house.source).tables["songplays"]
    assert by_content(star_in(house.warehouse)["songplays"]) == by_content(wanted)
    assert any(row[4] for row in wanted)


def test_a_table_that_fails_its_check_holds_up_what_is_built_on_it(house: House) -> None:
    """A level that is neither free nor paid comes from the source itself."""
    log = min((house.source / "log_data/2018/11").iterdir())
    log.write_text(log.read_text().replace('"level":"free"', '"level":"odd"'))
    result = house.run("load", ["2018-11", "2018-12"])
    assert not result.success
    failed = [e for e in result.get_asset_check_evaluations() if not e.passed]
    assert "level_is_free_or_paid" in {e.check_name for e in failed}
    shown = failed[0].metadata
    assert int(str(shown["offending rows"].value)) > 0
    assert "odd" in str(shown["first offending rows"].value)
    assert "2018-11" in str(shown["failed_months"].value)


def test_tables_can_be_made_without_loading(house: House) -> None:
    assert house.run("create_tables").success
    with house.warehouse.session():
        assert house.warehouse.existing_tables() == set(contract.tables())


@pytest.mark.parametrize(
    ("location", "plays"), [("the right one", 0), ("another", None), ("", None), ("reset", 1)]
)
def test_reset_drops_nothing_unless_location_and_rows_are_known(
    house: House, location: str, plays: int | None
) -> None:
    """Found by a web site that started the job: before the fix, the word `reset` was enough."""
    load(house.warehouse, house.source)
    before = star_in(house.warehouse)
    right = len(before["songplays"])
    config = _confirmed(
        house.warehouse.location if location == "the right one" else location,
        right if plays is None else plays,
    )
    result = house.definitions.resolve_job_def("reset_warehouse").execute_in_process(
        instance=house.instance, run_config=config, raise_on_error=False
    )
    assert not result.success
    assert "Nothing was dropped" in failure(result)
    assert str(right) not in failure(result)
    assert house.warehouse.location not in failure(result)
    assert star_in(house.warehouse) == before


def test_reset_without_a_confirmation_is_not_accepted(house: House) -> None:
    job = house.definitions.resolve_job_def("reset_warehouse")
    with pytest.raises(dg.DagsterInvalidConfigError):
        job.execute_in_process(instance=house.instance)


def _confirmed(location: str, plays: int) -> dict[str, object]:
    config = {"confirm_location": location, "confirm_plays": plays}
    return {"ops": {"reset_tables": {"config": config}}}


def test_reset_empties_the_warehouse_and_the_next_load_fills_it(house: House) -> None:
    load(house.warehouse, house.source)
    plays = len(star_in(house.warehouse)["songplays"])
    config = _confirmed(house.warehouse.location, plays)
    assert house.run("reset_warehouse", run_config=config).success
    assert all(not rows for rows in star_in(house.warehouse).values())
    load(house.warehouse, house.source)
    wanted = star_of(house.source).tables
    for table, rows in star_in(house.warehouse).items():
        assert by_content(rows) == by_content(wanted[table])


# Dagster's command lines


def run_tool(folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run a tool of the virtual environment in the project's folder, on an instance of its own."""
    home = folder / "dagster"
    home.mkdir()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("SPARKIFY_")
    }
    environment |= {
        "SPARKIFY_SOURCE": str(folder / "source"),
        "SPARKIFY_WAREHOUSE": f"duckdb:///{folder}/warehouse.duckdb",
        "DAGSTER_HOME": str(home),
        "PYTHONPATH": str(ROOT),
    }
    tool = Path(sys.executable).with_name(command[0])
    return subprocess.run(
        [str(tool), *command[1:]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "command",
    [
        ("dg", "check", "defs"),
        ("dagster", "definitions", "validate", "-w", "workspace.yaml"),
    ],
    ids=" ".join,
)
def test_dagsters_own_checks_of_the_project_pass(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run_tool(tmp_path, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "warehouse.duckdb").exists()
