"""Log month, folder and time window."""

from datetime import date, datetime

import pytest

from sparkify_dagster import partitions


@pytest.mark.parametrize(
    ("month", "start", "end"),
    [
        ("2018-11", datetime(2018, 11, 1), datetime(2018, 12, 1)),  # noqa: DTZ001
        ("2018-12", datetime(2018, 12, 1), datetime(2019, 1, 1)),  # noqa: DTZ001
        ("2020-02", datetime(2020, 2, 1), datetime(2020, 3, 1)),  # noqa: DTZ001
        ("1969-12", datetime(1969, 12, 1), datetime(1970, 1, 1)),  # noqa: DTZ001
    ],
)
def test_a_window_is_the_month_and_no_more(month: str, start: datetime, end: datetime) -> None:
    window = partitions.window(month)
    assert (window.start, window.end) == (start, end)


def test_a_window_counts_in_milliseconds_of_utc() -> None:
    window = partitions.window("2018-11")
    assert (window.start_ms, window.end_ms) == (1541030400000, 1543622400000)
    assert partitions.window("1969-12").end_ms == 0


def test_the_days_of_a_month_are_all_of_them_in_order() -> None:
    days = partitions.days_of("2020-02")
    assert (days[0], days[-1], len(days)) == (date(2020, 2, 1), date(2020, 2, 29), 29)
    assert days == sorted(days)


@pytest.mark.parametrize(
    ("ts", "day"),
    [(1541030400000, 1), (1541030399999, 31), (0, 1), (-1, 31), (1543622399999, 30)],
)
def test_a_moment_has_its_day_in_utc(ts: int, day: int) -> None:
    assert partitions.day_of_month(ts) == day


@pytest.mark.parametrize(
    ("path", "month"),
    [
        ("log_data/2018/11/a.json", "2018-11"),
        ("log_data/2018/11/b/c.json", "2018-11"),
        ("log_data/2018/13/a.json", None),
        ("log_data/2018/1/a.json", None),
        ("x/log_data/2018/11/a.json", None),
        ("song_data/2018/11/a.json", None),
        ("log_data/2018/11", None),
    ],
)
def test_a_file_is_of_the_month_whose_folder_it_lies_in(path: str, month: str | None) -> None:
    assert partitions.month_of_file(path) == month


@pytest.mark.parametrize(
    ("text", "known"),
    [("2018-11", True), ("2018-00", False), ("2018-13", False), ("2018-1", False), ("", False)],
)
def test_a_month_is_written_in_one_way(text: str, known: bool) -> None:
    assert partitions.is_month(text) is known


def test_months_between_are_all_of_them() -> None:
    assert partitions.months_between("2018-11", "2019-02") == [
        *("2018-11", "2018-12", "2019-01", "2019-02")
    ]
    assert partitions.months_between("2018-11", "2018-11") == ["2018-11"]
    assert partitions.months_between("2018-12", "2018-11") == []
