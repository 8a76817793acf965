"""The tricky cases, small enough to work out by hand."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster.warehouse.base import Row
from sparkify_dagster_tests.analytics.by_hand import Record, event, play, song, write_source
from sparkify_dagster_tests.loading.driver import load, rows, warehouse_at

Loader = Callable[..., Warehouse]


@pytest.fixture
def loading(tmp_path: Path) -> Loader:
    def from_records(events: list[Record], songs: list[Record] | None = None) -> Warehouse:
        folder = write_source(tmp_path / "source", events, songs or [])
        warehouse = warehouse_at(tmp_path / "warehouse.duckdb")
        load(warehouse, folder)
        return warehouse

    return from_records


def ask(warehouse: Warehouse, query: str) -> list[Row]:
    return warehouse.transact(lambda tx: tx.query(query))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_user_is_active_in_the_seven_and_thirty_days_that_begin_with_a_visit(
    loading: Loader,
) -> None:
    visits = ["2018-11-01", "2018-11-07", "2018-11-08", "2018-11-30", "2018-12-01"]
    events = [event("2018-11-01 12:00", 1), *(event(f"{day} 12:00", 2) for day in visits)]
    found = rows(loading(events), "daily_users")
    assert found == [
        (date(2018, 11, 1), 2, 2, 2, 2),
        (date(2018, 11, 7), 1, 0, 2, 2),
        (date(2018, 11, 8), 1, 0, 1, 2),
        (date(2018, 11, 30), 1, 0, 1, 2),
        (date(2018, 12, 1), 1, 0, 1, 1),
    ]


def test_a_cohorts_week_runs_from_monday_to_sunday(loading: Loader) -> None:
    events = [
        event("2018-11-05 00:00", 1),  # a Monday
        event("2018-11-11 23:59", 2),  # the Sunday of the same week
        event("2018-11-12 00:00", 2),
        event("2018-11-12 00:00", 3),
        event("2018-11-19 00:00", 1),
    ]
    assert rows(loading(events), "weekly_retention") == [
        (date(2018, 11, 5), 0, 2, 2, 1.0),
        (date(2018, 11, 5), 1, 2, 1, 0.5),
        (date(2018, 11, 5), 2, 2, 1, 0.5),
        (date(2018, 11, 12), 0, 1, 1, 1.0),
    ]


def test_a_change_of_level_is_seen_across_months_and_timed_from_where_the_level_began(
    loading: Loader,
) -> None:
    events = [
        event("2018-11-01 12:00", 1),
        event("2018-11-20 12:00", 1),
        event("2018-12-03 11:59", 1, level="paid"),  # 31 days and 23:59 after the first
        event("2018-12-05 00:00", 1, level="paid"),
        event("2019-01-04 00:00", 1),
        event("2018-11-01 12:00", 2, level="paid"),  # never changes
        event("2019-01-01 12:00", 2, level="paid"),
    ]
    warehouse = loading(events)
    assert rows(warehouse, "level_changes") == [
        (1, 1, at("2018-12-03 11:59"), "free", "paid", at("2018-11-01 12:00"), 31),
        (1, 2, at("2019-01-04"), "paid", "free", at("2018-12-03 11:59"), 31),
    ]
    counts = "SELECT log_month, conversions, downgrades, paid_users FROM monthly_users ORDER BY 1"
    assert ask(warehouse, counts) == [
        ("2018-11", 0, 0, 1),
        ("2018-12", 1, 0, 1),
        ("2019-01", 0, 1, 1),
    ]


def test_users_are_new_then_retained_or_lost_and_perhaps_resurrected(loading: Loader) -> None:
    events = [
        event("2018-11-10 12:00", 1),
        event("2018-11-10 12:00", 2),
        event("2018-12-10 12:00", 1),
        event("2018-12-10 12:00", 3),
        event("2019-01-10 12:00", 1),
        event("2019-01-10 12:00", 2),
    ]
    growth = (
        "SELECT log_month, active_users, new_users, retained_users, resurrected_users, lost_users "
        "FROM monthly_users ORDER BY log_month"
    )
    assert ask(loading(events), growth) == [
        ("2018-11", 2, 2, 0, 0, 0),
        ("2018-12", 2, 1, 1, 0, 1),
        ("2019-01", 2, 0, 1, 1, 1),
    ]


def test_nobody_is_lost_to_a_month_without_any_event(loading: Loader) -> None:
    events = [event("2018-11-10 12:00", 1), event("2019-01-10 12:00", 1)]
    found = ask(
        loading(events), "SELECT log_month, resurrected_users, lost_users FROM monthly_users"
    )
    assert sorted(found) == [("2018-11", 0, 0), ("2019-01", 1, 0)]


def test_a_visit_to_a_churn_page_counts_each_user_once(loading: Loader) -> None:
    events = [
        event("2018-11-10 12:00", 1, "Downgrade"),
        event("2018-11-11 12:00", 1, "Downgrade "),  # a blank at the end is nothing
        event("2018-11-11 12:01", 1, "Cancel"),
        event("2018-11-11 12:02", 1, "Cancellation Confirmation"),
        event("2018-11-11 12:02", 2, "Cancel"),
    ]
    pages = "SELECT opened_upgrade, opened_downgrade, opened_cancel, cancelled FROM monthly_users"
    assert ask(loading(events), pages) == [(0, 1, 2, 1)]


def test_a_gap_is_ranked_by_plays_and_then_by_listeners(loading: Loader) -> None:
    events = [
        play("2018-11-01 10:00", 1, "Known"),
        *(play(f"2018-11-01 11:0{minute}", 1, "Loved by one") for minute in range(2)),
        *(play(f"2018-11-01 12:0{user}", user, "Loved by two") for user in (1, 2)),
        play("2018-12-01 10:00", 1, "New name ", artist="Bea"),
        play("2018-12-01 11:00", None, "Nobody's"),
    ]
    warehouse = loading(events, [song("S1", "Known")])
    assert ask(warehouse, "SELECT * FROM songs_to_acquire ORDER BY rank") == [
        ("Ann", "Loved by two", 1, 2, 2, "2018-11", True),
        ("Ann", "Loved by one", 2, 2, 1, "2018-11", True),
        ("Bea", "New name", 3, 1, 1, "2018-12", False),
        ("Ann", "Nobody's", 4, 1, 0, "2018-12", True),
    ]
    assert ask(warehouse, "SELECT SUM(plays), SUM(linked_plays) FROM daily_plays") == [(7, 1)]


def test_a_session_over_the_end_of_a_month_has_a_row_in_each(loading: Loader) -> None:
    events = [
        play("2018-11-30 23:50", 1, "A", sessionId=9),
        event("2018-11-30 23:55", 1, sessionId=9),
        play("2018-12-01 00:01", 1, "B", sessionId=9, level="paid"),
    ]
    query = (
        "SELECT session_id, log_month, started_at, seconds, plays, paid_plays FROM sessions "
        "ORDER BY log_month"
    )
    assert ask(loading(events), query) == [
        (9, "2018-11", at("2018-11-30 23:50"), 300, 1, 0),
        (9, "2018-12", at("2018-12-01 00:01"), 0, 1, 1),
    ]


_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
AGENTS: list[tuple[str | None, str, str]] = [
    (None, "unknown", "unknown"),
    ("curl/7.1", "other", "other"),
    (f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} Chrome/37.0 Safari/537.36", "Linux", "Chrome"),
    (f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/9 Safari/5 Edge/18", "Windows", "Edge"),
    (f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/9 Safari/5 Edg/99", "Windows", "Edge"),
    (f"Mozilla/5.0 (Macintosh; Mac OS X) {_WEBKIT} Chrome/9 Safari/5 OPR/60", "Mac", "Opera"),
    ("Mozilla/5.0 (Macintosh; rv:31.0) Gecko/20100101 Firefox/31.0", "Mac", "Firefox"),
    (f"Mozilla/5.0 (Macintosh; Mac OS X) {_WEBKIT} Version/7.0 Safari/9537", "Mac", "Safari"),
    (f"Mozilla/5.0 (iPhone; CPU OS) {_WEBKIT} CriOS/56 Mobile Safari/602", "iPhone", "Chrome"),
    (f"Mozilla/5.0 (iPad; CPU OS 7) {_WEBKIT} Version/7.0 Safari/9537", "iPad", "Safari"),
    (f"Mozilla/5.0 (Linux; U; Android 4) {_WEBKIT} Safari/534", "Android", "Android Browser"),
    (f"Mozilla/5.0 (Linux; Android 9) {_WEBKIT} Chrome/9 Mobile Safari/5", "Android", "Chrome"),
    ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", "Windows",
     "Internet Explorer"),
    ("Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2)", "Windows", "Internet Explorer"),
]  # fmt: skip


def test_device_and_browser_are_read_from_the_user_agent(loading: Loader) -> None:
    events = [
        event("2018-11-01 10:00", user, userAgent=agent) for user, (agent, *_) in enumerate(AGENTS)
    ]
    found = ask(loading(events), "SELECT device, browser FROM sessions ORDER BY user_id")
    assert found == [(device, browser) for _, device, browser in AGENTS]


CATALOGUE = [song(f"S{letter}", letter) for letter in "ABCDP"]


def taste(user: int, titles: str) -> list[Record]:
    """Let a user play the songs of these letters, one a minute."""
    return [play(f"2018-11-{user:02} 10:{i:02}", user, title) for i, title in enumerate(titles)]


def test_popularity_does_not_swamp_likeness(loading: Loader) -> None:
    """A and B share 3 of 3 listeners, P is everybody's: 3 of sqrt(3 x 6) for either."""
    tastes: list[Any] = [taste(user, "ABP") for user in (1, 2, 3)]
    tastes += [taste(user, "P") for user in (4, 5, 6)]
    events = [record for records in tastes for record in records]
    similar = rows(loading(events, CATALOGUE), "similar_songs")
    assert [row[:4] for row in similar if row[0] == "SA"] == [
        ("SA", 1, "SB", 3),
        ("SA", 2, "SP", 3),
    ]
    assert [row[4] for row in similar if row[0] == "SA"] == [1.0, 3 / 18**0.5]


def test_two_listeners_in_common_are_chance(loading: Loader) -> None:
    events = [*taste(1, "AB"), *taste(2, "AB"), *taste(3, "A"), *taste(4, "B")]
    assert rows(loading(events, CATALOGUE), "similar_songs") == []


def test_recommended_is_what_listeners_of_the_same_songs_play_and_then_what_is_popular(
    loading: Loader,
) -> None:
    events = [
        *taste(1, "ABP"), *taste(2, "ABP"), *taste(3, "ABP"),
        *taste(4, "PC"), *taste(5, "PC"), *taste(6, "A"),
        event("2018-11-07 10:00", 7),
    ]  # fmt: skip
    found = rows(loading(events, CATALOGUE), "recommendations")
    of_user = {user: [row[1:] for row in found if row[0] == user] for user in (1, 6, 7)}
    # Whoever has played A, B and P is left with what is popular: C, with two listeners.
    assert of_user[1] == [(1, "SC", "popular", None, 2)]
    # B shares 3 of sqrt(4 x 3) with A; P 3 of sqrt(4 x 5).
    assert of_user[6] == [
        (1, "SB", "similar", "SA", 866025),
        (2, "SP", "similar", "SA", 670820),
        (3, "SC", "popular", None, 2),
    ]
    # The cold start: nothing played yet, so songs by listeners; equals by id.
    assert of_user[7] == [
        (1, "SP", "popular", None, 5),
        (2, "SA", "popular", None, 4),
        (3, "SB", "popular", None, 3),
        (4, "SC", "popular", None, 2),
    ]


def test_a_user_has_at_most_fifty_favourites_and_ten_recommendations(loading: Loader) -> None:
    titles = [f"T{number:02}" for number in range(70)]
    songs = [song(f"S{title}", title) for title in titles]
    events = [
        play(f"2018-11-{user:02} {i // 60 + 1:02}:{i % 60:02}", user, title)
        for user in (1, 2, 3)
        for i, title in enumerate(titles)
    ]
    warehouse = loading([*events, event("2018-11-09 10:00", 9)], songs)
    by_user = "SELECT user_id, COUNT(*) FROM {} GROUP BY user_id ORDER BY user_id"
    assert ask(warehouse, by_user.format("favourite_songs")) == [(1, 50), (2, 50), (3, 50)]
    # The three have played everything that anybody has.
    assert ask(warehouse, by_user.format("recommendations")) == [(9, 10)]
