"""What a load does, on every engine."""

import json
import os
import shutil
from functools import partial
from pathlib import Path

import pytest

from sparkify_dagster.errors import LoadError, WarehouseError
from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import schema, staging
from sparkify_dagster.simulator import spoil
from sparkify_dagster.warehouse import Transaction, Warehouse
from sparkify_dagster_tests.engines import NewWarehouse
from sparkify_dagster_tests.loading.driver import (
    STAR,
    Content,
    add_song,
    built_by,
    change,
    check,
    content,
    count,
    load,
    planned,
    rest,
    write_lines,
)

MONTHS = ["2018-11", "2018-12", "2019-01"]


def first_log(source: Path, month: str) -> Path:
    return min((source / "log_data" / month.replace("-", "/")).iterdir())


def test_the_real_sample_gives_the_figures_that_were_computed_independently(
    warehouse: Warehouse, real_sample: Path
) -> None:
    load(warehouse, real_sample)
    assert [count(warehouse, name) for name in STAR] == [1594, 79, 733, 710, 1594]
    assert count(warehouse, "staging_events") == 1882
    assert count(warehouse, "users", "level = 'paid'") == 16
    distinct = "COUNT(song_id), COUNT(DISTINCT song_id), COUNT(DISTINCT artist_id)"
    linked = warehouse.transact(lambda tx: tx.query(f"SELECT {distinct} FROM songplays"))
    assert linked == [(6, 5, 5)]
    assert check(warehouse) == []


def test_all_engines_hold_the_same_rows_of_the_real_sample(
    one_of_each: list[Warehouse], real_sample: Path
) -> None:
    first, *others = (_loaded(warehouse, real_sample) for warehouse in one_of_each)
    assert all(other == first for other in others)


def test_all_engines_hold_the_same_rows_of_odd_and_spoilt_data(
    one_of_each: list[Warehouse], source: Path
) -> None:
    spoilt = spoil(source, seed=4)
    first, *others = (_loaded(warehouse, source) for warehouse in one_of_each)
    assert all(other == first for other in others)
    rejects = [
        warehouse.transact(
            lambda tx: tx.query("SELECT log_month, COUNT(*) FROM rejected_records GROUP BY 1")
        )
        for warehouse in one_of_each
    ]
    assert all(dict(found) == spoilt.rejected for found in rejects)


def _loaded(warehouse: Warehouse, folder: Path) -> Content:
    load(warehouse, folder)
    return content(warehouse)


def test_a_second_load_has_nothing_to_do(warehouse: Warehouse, source: Path) -> None:
    load(warehouse, source)
    assert not planned(warehouse, source)
    assert not rest(warehouse)
    assert built_by(warehouse, lambda: load(warehouse, source)) == set()


def test_months_in_any_order_give_the_same_tables(
    new_warehouse: NewWarehouse, source: Path
) -> None:
    forwards, backwards = new_warehouse(), new_warehouse()
    load(forwards, source)
    for month in reversed(MONTHS):
        load(backwards, source, [month])
    assert content(backwards) == content(forwards)


def test_a_new_file_is_added_without_reading_the_others(
    warehouse: Warehouse, new_warehouse: NewWarehouse, source: Path, tmp_path: Path
) -> None:
    late = shutil.move(first_log(source, "2018-12"), tmp_path / "late.json")
    load(warehouse, source)
    before = _ledger(warehouse)
    shutil.move(late, source / "log_data/2018/12/2018-12-01-events.json")
    found = planned(warehouse, source)
    assert (found.months, found.counts["new"]) == (["2018-12"], 1)
    load(warehouse, source)
    assert before.items() <= _ledger(warehouse).items()
    assert content(warehouse) == _content_of_a_clean_load(new_warehouse, source)


def test_a_changed_log_file_has_its_month_read_again_and_no_other(
    warehouse: Warehouse, new_warehouse: NewWarehouse, source: Path
) -> None:
    load(warehouse, source)
    before = _ledger(warehouse)
    file = first_log(source, "2018-12")
    file.write_text("".join(file.read_text().splitlines(keepends=True)[1:]))
    found = planned(warehouse, source)
    assert (found.months, found.counts["changed"]) == (["2018-12"], 1)
    load(warehouse, source)
    read_again = {path for path, moment in _ledger(warehouse).items() if before[path] != moment}
    assert {path[:16] for path in read_again} == {"log_data/2018/12"}
    assert content(warehouse) == _content_of_a_clean_load(new_warehouse, source)


def test_a_touched_file_is_not_read_into_staging_again(warehouse: Warehouse, source: Path) -> None:
    load(warehouse, source)
    os.utime(first_log(source, "2018-12"), ns=(1, 1))
    changed = built_by(warehouse, lambda: load(warehouse, source))
    assert changed <= {("staging_events", "2018-12")}
    assert not planned(warehouse, source)


def test_a_removed_log_file_takes_its_rows_along(
    warehouse: Warehouse, new_warehouse: NewWarehouse, source: Path
) -> None:
    load(warehouse, source)
    first_log(source, "2019-01").unlink()
    found = planned(warehouse, source)
    assert (found.months, found.counts["removed"]) == (["2019-01"], 1)
    load(warehouse, source)
    assert content(warehouse) == _content_of_a_clean_load(new_warehouse, source)


def test_a_month_of_which_all_files_go_leaves_nothing(
    warehouse: Warehouse, new_warehouse: NewWarehouse, source: Path
) -> None:
    load(warehouse, source)
    shutil.rmtree(source / "log_data/2018/12")
    load(warehouse, source)
    assert check(warehouse) == []
    assert content(warehouse) == _content_of_a_clean_load(new_warehouse, source)


def test_changed_and_removed_songs_replace_and_take_their_rows(
    warehouse: Warehouse, new_warehouse: NewWarehouse, source: Path
) -> None:
    first, second, *_ = sorted((source / "song_data").rglob("*.json"))
    load(warehouse, source)
    first.write_text(json.dumps(json.loads(first.read_text()) | {"title": "Another"}))
    second.unlink()
    add_song(source, "late")
    found = planned(warehouse, source)
    assert found.months == []
    assert [found.counts[kind] for kind in ("new", "changed", "removed")] == [1, 1, 1]
    load(warehouse, source)
    assert count(warehouse, "songs", "title = 'Another'") == 1
    assert content(warehouse) == _content_of_a_clean_load(new_warehouse, source)


def test_late_songs_touch_only_the_months_that_play_them(
    warehouse: Warehouse, new_warehouse: NewWarehouse, source: Path
) -> None:
    play = json.loads(first_log(source, "2018-12").read_text().splitlines()[0])
    played = play | {"page": "NextSong", "song": "Unheard", "artist": "Nobody", "length": 9.5}
    played |= {"sessionId": 1_900_000_000}
    write_lines(source / "log_data/2018/12/late.json", [played])
    load(warehouse, source)
    add_song(source, "unheard", title="Unheard", artist_name="Nobody")
    changed = built_by(warehouse, lambda: load(warehouse, source))
    assert {month for table, month in changed if table == "songplays"} == {"2018-12"}
    assert not {key for key in changed if key[0] in ("staging_events", "users", "time")}
    assert count(warehouse, "songplays", "song_id = 'SOunheard'") == 1
    assert content(warehouse) == _content_of_a_clean_load(new_warehouse, source)


def test_rejects_are_kept_with_file_line_reason_and_text(
    warehouse: Warehouse, source: Path
) -> None:
    file = first_log(source, "2018-12")
    file.write_text("not json\n" + file.read_text())
    load(warehouse, source)
    rows = warehouse.transact(
        lambda tx: tx.query("SELECT file, log_month, line, raw_text FROM rejected_records")
    )
    path = file.relative_to(source).as_posix()
    assert rows == [(path, "2018-12", 1, "not json")]
    assert check(warehouse) == []


def test_records_read_are_rows_loaded_plus_rows_rejected(
    warehouse: Warehouse, source: Path
) -> None:
    spoil(source, seed=2)
    load(warehouse, source)
    for month in MONTHS:
        where = f"log_month = '{month}'"
        sums = f"SELECT SUM(rows_loaded), SUM(rows_rejected) FROM loaded_files WHERE {where}"
        [(loaded, rejected)] = warehouse.transact(partial(Transaction.query, sql=sums))
        assert loaded == count(warehouse, "staging_events", where)
        assert rejected == count(warehouse, "rejected_records", where)


def test_more_rejects_than_the_limit_fail_the_month_and_leave_what_was_there(
    warehouse: Warehouse, source: Path
) -> None:
    load(warehouse, source)
    before = content(warehouse)
    write_lines(source / "log_data/2018/12/bad.json", [{"n": n} for n in range(4)])
    with pytest.raises(LoadError, match=r"2018-12: 4 rejected .*\n  log_data/2018/12/bad.json"):
        load(warehouse, source, max_rejects=3)
    assert content(warehouse) == before
    assert count(warehouse, "rejected_records", "load_failed") == 4
    load(warehouse, source, max_rejects=4)
    assert count(warehouse, "rejected_records", "NOT load_failed") == 4
    assert count(warehouse, "rejected_records") == 4


def test_another_source_is_refused(warehouse: Warehouse, source: Path, tmp_path: Path) -> None:
    load(warehouse, source)
    other = shutil.copytree(source, tmp_path / "other")
    with pytest.raises(LoadError, match="was loaded from .*source, not from .*other"):
        load(warehouse, other)


def test_a_load_that_failed_leaves_the_choice_of_the_source_open(
    warehouse: Warehouse, source: Path, tmp_path: Path
) -> None:
    write_lines(source / "log_data/2018/11/bad.json", [{"n": 1}])
    shutil.rmtree(source / "song_data")
    with pytest.raises(LoadError):
        load(warehouse, source, max_rejects=0)
    other = shutil.copytree(source, tmp_path / "other")
    (other / "log_data/2018/11/bad.json").unlink()
    load(warehouse, other)


def test_a_source_without_any_file_is_refused_once_files_were_loaded(
    warehouse: Warehouse, source: Path
) -> None:
    load(warehouse, source)
    before = content(warehouse)
    shutil.rmtree(source / "log_data")
    shutil.rmtree(source / "song_data")
    with pytest.raises(LoadError, match="lists no file"):
        load(warehouse, source)
    with pytest.raises(LoadError, match="lists no file"):
        staging.stage_songs(warehouse, open_source(str(source)), 100)
    assert content(warehouse) == before


def test_tables_that_somebody_else_made_are_left_alone(warehouse: Warehouse, source: Path) -> None:
    """Found a bug: a database with a table `users` of its own lost it to the first load."""
    change(warehouse, "CREATE TABLE users (mine INTEGER)")
    change(warehouse, "INSERT INTO users VALUES (1)")
    with pytest.raises(WarehouseError, match=r"did not create: users\. Name another database"):
        load(warehouse, source)
    assert schema.drop_tables(warehouse) == []
    assert count(warehouse, "users", "mine = 1") == 1


def test_a_table_that_was_dropped_is_made_and_filled_again(
    warehouse: Warehouse, source: Path
) -> None:
    """Found by this test: for a while, only tables of another definition were created again."""
    load(warehouse, source)
    before = content(warehouse)
    change(warehouse, "DROP TABLE songplays")
    load(warehouse, source)
    assert content(warehouse) == before


def test_a_staging_table_that_was_dropped_is_read_from_the_source_again(
    warehouse: Warehouse, source: Path
) -> None:
    load(warehouse, source)
    before = content(warehouse)
    change(warehouse, "DROP TABLE staging_songs")
    load(warehouse, source)
    assert content(warehouse) == before


def _ledger(warehouse: Warehouse) -> dict[str, object]:
    rows = warehouse.transact(lambda tx: tx.query("SELECT file, loaded_at FROM loaded_files"))
    return dict(rows)


def _content_of_a_clean_load(new_warehouse: NewWarehouse, source: Path) -> Content:
    clean = new_warehouse()
    load(clean, source)
    return content(clean)
