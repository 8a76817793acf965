"""What the simulated users do."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from statistics import mean

import pytest

from sparkify_dagster_tests.simulator.conftest import Event, Source

REAL_PAGES = {
    ("NextSong", "PUT", 200),
    ("Home", "GET", 200),
    ("Settings", "GET", 200),
    ("Login", "PUT", 307),
    ("Logout", "PUT", 307),
    ("Downgrade", "GET", 200),
    ("Help", "GET", 200),
    ("Upgrade", "GET", 200),
    ("About", "GET", 200),
    ("Submit Upgrade", "PUT", 307),
    ("Save Settings", "PUT", 307),
    ("Error", "GET", 404),
}
"""Page, method and status as the real sample has them."""


def _sessions(source: Source) -> dict[int, list[Event]]:
    """Return each session's events in order, copies left out."""
    sessions: dict[int, dict[int, Event]] = defaultdict(dict)
    for event in source.all_events:
        sessions[event["sessionId"]][event["itemInSession"]] = event
    return {number: [items[item] for item in sorted(items)] for number, items in sessions.items()}


def _by_user(source: Source) -> dict[str, list[Event]]:
    """Return each user's events in the order of time, copies left out."""
    users: dict[str, list[Event]] = defaultdict(list)
    for events in _sessions(source).values():
        for event in events:
            if event["userId"]:
                users[event["userId"]].append(event)
    for events in users.values():
        events.sort(key=lambda event: (event["ts"], event["itemInSession"]))
    return users


@pytest.fixture(params=["odd", "plain"])
def source(request: pytest.FixtureRequest) -> Source:
    """Both sources in turn."""
    value = request.getfixturevalue(request.param)
    assert isinstance(value, Source)
    return value


def test_every_record_is_valid(source: Source) -> None:
    assert not source.rejected


def test_events_lie_in_the_file_of_their_day_in_the_order_of_time(plain: Source) -> None:
    for name, events in plain.events.items():
        times = [event["ts"] for event in events]
        assert times == sorted(times)
        days = {f"{datetime.fromtimestamp(ts // 1000, tz=UTC):%Y-%m-%d}" for ts in times}
        assert {f"{day}-events.json" for day in days} == {name}


def test_items_count_up_from_zero_in_each_session(source: Source) -> None:
    for events in _sessions(source).values():
        assert [event["itemInSession"] for event in events] == list(range(len(events)))
        times = [event["ts"] for event in events]
        assert times == sorted(times)


def test_a_session_is_of_one_user_and_users_have_one_session_at_a_time(source: Source) -> None:
    times_of: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for events in _sessions(source).values():
        users = {event["userId"] for event in events} - {""}
        assert len(users) <= 1
        for user in users:
            times_of[user].append((events[0]["ts"], events[-1]["ts"]))
    for times in times_of.values():
        assert all(one[1] < other[0] for one, other in pairwise(sorted(times)))


def test_pages_methods_and_statuses_are_those_of_the_real_data(odd: Source) -> None:
    seen = {(event["page"], event["method"], event["status"]) for event in odd.all_events}
    assert seen >= REAL_PAGES
    assert {page for page, _, _ in seen - REAL_PAGES} <= {
        "Thumbs Up",
        "Thumbs Down",
        "Add to Playlist",
        "Submit Downgrade",
        "Cancel",
        "Cancellation Confirmation",
    }


def test_only_plays_have_a_song_and_only_users_play(source: Source) -> None:
    for event in source.all_events:
        about_song = (event["artist"], event["song"], event["length"])
        if event["page"] == "NextSong":
            assert all(about_song)
            assert event["userId"]
        else:
            assert about_song == (None, None, None)


def test_most_events_are_plays_and_about_a_third_of_them_unknown_to_the_catalogue(
    source: Source,
) -> None:
    plays = [event for event in source.all_events if event["page"] == "NextSong"]
    assert 0.7 < len(plays) / len(source.all_events) < 0.9
    known = {(s["title"].rstrip(" "), s["artist_name"].rstrip(" ")) for s in source.songs}
    found = [(p["song"].rstrip(" "), p["artist"].rstrip(" ")) in known for p in plays]
    assert 0.5 < mean(found) < 0.85


def test_a_level_changes_by_a_submitted_upgrade_or_downgrade_only(source: Source) -> None:
    pages = {("free", "paid"): "Submit Upgrade", ("paid", "free"): "Submit Downgrade"}
    changes: Counter[str] = Counter()
    for events in _by_user(source).values():
        for before, after in pairwise(events):
            change = pages.get((before["level"], after["level"]))
            submitted = before["page"] if before["page"] in pages.values() else None
            assert change == submitted
            changes.update([change] if change else [])
    assert changes["Submit Upgrade"] > 3
    assert changes["Submit Downgrade"] > 3


def test_paying_users_play_more(source: Source) -> None:
    plays: dict[str, Counter[str]] = {"free": Counter(), "paid": Counter()}
    for event in source.all_events:
        if event["page"] == "NextSong":
            plays[event["level"]][event["userId"]] += 1
    assert mean(plays["paid"].values()) > mean(plays["free"].values())


def test_users_come_and_go(source: Source) -> None:
    months = {name[:7] for name in source.events}
    users = {
        month: {
            event["userId"]
            for name, events in source.events.items()
            if name.startswith(month)
            for event in events
        }
        for month in months
    }
    assert users[max(months)] - users[min(months)]
    assert users[min(months)] - users[max(months)]


def test_nobody_acts_before_registering_or_after_cancelling(source: Source) -> None:
    cancelled = 0
    for events in _by_user(source).values():
        assert {event["registration"] for event in events} == {events[0]["registration"]}
        assert events[0]["registration"] <= events[0]["ts"]
        pages = [event["page"] for event in events]
        if "Cancel" in pages:
            cancelled += 1
            assert pages[-2:] == ["Cancel", "Cancellation Confirmation"]
    assert cancelled


def test_evenings_and_working_days_are_busier_than_nights_and_weekends(odd: Source) -> None:
    times = [datetime.fromtimestamp(event["ts"] / 1000, tz=UTC) for event in odd.all_events]
    hours = Counter(time.hour for time in times)
    assert hours[17] > 3 * hours[4]
    weekdays = Counter(time.isoweekday() for time in times)
    assert min(weekdays[day] for day in range(1, 6)) > max(weekdays[6], weekdays[7])


def test_a_few_songs_are_played_much_and_many_a_little(source: Source) -> None:
    plays = Counter(
        (event["song"], event["artist"])
        for event in source.all_events
        if event["page"] == "NextSong"
    )
    in_order = sorted(plays.values(), reverse=True)
    assert sum(in_order[: len(in_order) // 10]) > 0.25 * sum(in_order)
    assert len(plays) > 500


def test_users_have_tastes_so_that_some_share_many_artists_and_others_few(source: Source) -> None:
    artists: dict[str, Counter[str]] = defaultdict(Counter)
    for event in source.all_events:
        if event["page"] == "NextSong":
            artists[event["userId"]][event["artist"]] += 1
    much = [plays for plays in artists.values() if plays.total() >= 100]
    shared = sorted(
        sum((one & other).values()) / min(one.total(), other.total())
        for place, one in enumerate(much)
        for other in much[:place]
    )
    assert shared[-len(shared) // 20] > 4 * shared[len(shared) // 2] > 0
