"""Whatever goes wrong in between, the next load ends with the tables of a clean one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.lake.source import SourceChanged, SourceFile
from sparkify_dagster.loading import builds, schema, staging, tables
from sparkify_dagster.simulator import spoil
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster.warehouse.base import Transaction
from sparkify_dagster_tests.engines import NewWarehouse
from sparkify_dagster_tests.loading.driver import check, content, count, load, planned


class BrokenOffError(Exception):
    """What a test raises in the middle of a load."""


def break_off_after(statements: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a load fail once it has run so many statements that change something."""
    left = [statements]

    def failing(original: Callable[..., object]) -> Callable[..., object]:
        def run(self: Transaction, *arguments: object, **parameters: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                raise BrokenOffError
            return original(self, *arguments, **parameters)

        return run

    for name in ("execute", "insert", "insert_into"):
        monkeypatch.setattr(Transaction, name, failing(getattr(Transaction, name)))


def test_a_load_that_broke_off_anywhere_is_taken_up_by_the_next(
    new_warehouse: NewWarehouse, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(source, seed=1, every=40)
    clean = new_warehouse()
    load(clean, source)
    broken = new_warehouse()
    broken_off = 0
    for statements in range(5, 400, 13):
        with monkeypatch.context() as patch:
            break_off_after(statements, patch)
            try:
                load(broken, source)
            except BrokenOffError:
                broken_off += 1
            else:
                break
    assert broken_off >= 5
    assert not planned(broken, source)
    assert content(broken) == content(clean)
    assert check(broken) == []


def test_a_build_that_fails_leaves_its_tables_as_they_were(
    warehouse: Warehouse, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(warehouse, source)
    before = content(warehouse)
    min((source / "log_data/2018/12").iterdir()).unlink()
    staging.stage_month(warehouse, open_source(str(source)), "2018-12", 100)

    def fail(*_: object) -> None:
        raise BrokenOffError

    min((source / "song_data").rglob("*.json")).unlink()
    staging.stage_songs(warehouse, open_source(str(source)), 100)
    monkeypatch.setattr(builds, "record", fail)
    built = ["daily_user_profiles", "time", "artists"]  # all that reads nothing but staging
    for table in built:
        with pytest.raises(BrokenOffError):
            list(tables.build(warehouse, table, ["2018-12"]))
    assert content(warehouse, built) == {name: before[name] for name in built}


class RestlessFolder(FolderSource):
    """A folder in which a file loses its last line once it has been listed."""

    changes = 1

    def list_month(self, log_month: str) -> list[SourceFile]:
        listed = super().list_month(log_month)
        if self.changes:
            self.changes -= 1
            path = Path(self.location) / listed[0].path
            path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
        return listed


def test_a_file_that_changes_after_it_was_listed_is_listed_and_read_again(
    warehouse: Warehouse, source: Path
) -> None:
    schema.ensure_tables(warehouse)
    staged = staging.stage_month(warehouse, RestlessFolder(str(source)), "2018-11", 100)
    logs = (source / "log_data/2018/11").iterdir()
    assert staged.rows == sum(len(path.read_text().splitlines()) for path in logs)


def test_a_listing_made_for_the_plan_hides_nothing_that_changed_since(
    warehouse: Warehouse, source: Path
) -> None:
    schema.ensure_tables(warehouse)
    opened = open_source(str(source))
    opened.expect(opened.list_all())
    gone, *left = sorted((source / "log_data/2018/11").iterdir())
    gone.unlink()
    staged = staging.stage_month(warehouse, opened, "2018-11", 100)
    assert staged.rows == sum(len(path.read_text().splitlines()) for path in left)


def test_a_file_that_never_rests_fails_the_month(warehouse: Warehouse, source: Path) -> None:
    schema.ensure_tables(warehouse)
    restless = RestlessFolder(str(source))
    restless.changes = 100
    with pytest.raises(SourceChanged, match="changed before it was read"):
        staging.stage_month(warehouse, restless, "2018-11", 100)
    assert count(warehouse, "staging_events") == 0
