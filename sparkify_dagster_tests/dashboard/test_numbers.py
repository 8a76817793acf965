"""The numbers that the page computes from its queries are those of SQL over the star."""

import pytest

from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.dashboard.reading import Opener, chart_rows, rows_of, value

pytestmark = pytest.mark.browser

_FEBRUARY = "FROM songplays WHERE start_time >= CAST('2019-02-01' AS TIMESTAMP)"
_EVENTS = "FROM staging_events WHERE log_month = '2019-02'"
_TILES = {
    "plays": f"SELECT COUNT(*) {_FEBRUARY}",
    "active": f"SELECT COUNT(DISTINCT user_id) {_EVENTS}",
    "daily": "SELECT AVG(1.0 * active_users) FROM daily_users "
    "WHERE day >= CAST('2019-02-01' AS DATE)",
    "new": "SELECT COUNT(*) FROM (SELECT user_id FROM staging_events WHERE user_id IS NOT NULL "
    "GROUP BY user_id HAVING MIN(log_month) = '2019-02') AS new_users",
    "paid": "SELECT COUNT(*) FROM (SELECT level, ROW_NUMBER() OVER (PARTITION BY user_id "
    "ORDER BY ts DESC, session_id DESC, item_in_session DESC) AS back "
    f"{_EVENTS} AND user_id IS NOT NULL) AS latest WHERE back = 1 AND level = 'paid'",
    "per-session": "SELECT 1.0 * SUM(plays) / COUNT(*) FROM sessions "
    "WHERE started_at >= CAST('2019-02-01' AS TIMESTAMP)",
    "linked": f"SELECT 1.0 * COUNT(song_id) / COUNT(*) {_FEBRUARY}",
}


def test_the_key_figures_are_those_of_sql(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse)
    tiles = "Object.fromEntries(TILES.map((tile) => [tile.id, tileValue(tile, '2019-02')]))"
    shown = page.evaluate(tiles)
    for tile, query in _TILES.items():
        assert shown[tile] == pytest.approx(float(value(warehouse, query)), rel=1e-12), tile


def test_a_change_is_computed_from_unrounded_values(opened: Opener, warehouse: Warehouse) -> None:
    """Found by use: the change of a ratio was computed from rounded values."""
    ratio = "SELECT 1.0 * SUM(plays) / COUNT(*) FROM sessions WHERE log_month = '{}'"
    before, now = (float(value(warehouse, ratio.format(m))) for m in ("2019-01", "2019-02"))
    said = opened(warehouse).inner_text("#tile-per-session .against")
    change = f"{abs(now / before - 1) * 100:.1f}".removesuffix(".0")
    assert said == f"{'▲' if now > before else '▼'} {change}% vs Jan 2019"


def test_charts_are_those_of_sql(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse)
    queries = {
        "active-users": "SELECT day, active_users, new_users, weekly_active, monthly_active "
        "FROM daily_users ORDER BY day",
        "growth": "SELECT log_month, active_users, retained_users, resurrected_users, new_users, "
        "lost_users FROM monthly_users ORDER BY log_month",
        "devices": "SELECT device, SUM(plays) AS plays FROM sessions GROUP BY device "
        "HAVING SUM(plays) > 0 ORDER BY plays DESC, device",
        "linked-share": "SELECT TO_CHAR(start_time, 'YYYY-MM') AS log_month, COUNT(*), "
        "COUNT(song_id), CAST(COUNT(song_id) AS DOUBLE PRECISION) / COUNT(*) FROM songplays "
        "GROUP BY TO_CHAR(start_time, 'YYYY-MM') ORDER BY log_month",
        "artists-to-win": "SELECT artist, plays, listeners FROM artist_popularity "
        "WHERE catalogue_songs = 0 ORDER BY plays DESC, artist LIMIT 40",
    }
    for chart, query in queries.items():
        assert chart_rows(page, chart) == rows_of(warehouse, query), chart


def test_retention_by_level_adds_up_to_that_of_all_users(
    opened: Opener, warehouse: Warehouse
) -> None:
    found = chart_rows(opened(warehouse), "retention")
    shown = {(week, later): (users, active) for week, later, users, active, _ in found if active}
    query = "SELECT cohort_week, weeks_later, cohort_users, retained_users FROM weekly_retention"
    assert shown == {
        (week, later): (users, active) for week, later, users, active in rows_of(warehouse, query)
    }


def test_every_day_of_a_streak_is_counted_once(opened: Opener, warehouse: Warehouse) -> None:
    days = opened(warehouse).evaluate(
        "tables.streaks.reduce((total, row) => total + row.days * row.streaks, 0)"
    )
    assert days == value(warehouse, "SELECT COUNT(*) FROM user_days")


def test_users_who_changed_or_stayed_are_among_those_of_the_month(
    opened: Opener, warehouse: Warehouse
) -> None:
    rows = opened(warehouse).evaluate("tables.monthly_levels")
    assert rows
    for row in rows:
        assert 0 <= row["changed_users"] <= row["users"]
        assert (row["retained_users"] or 0) <= row["users"]
    conversions = "SELECT COUNT(*) FROM level_changes WHERE to_level = 'paid'"
    assert sum(row["changed_users"] for row in rows if row["level"] == "free") <= value(
        warehouse, conversions
    )


def test_days_and_level_filter_what_is_counted(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse, address="#?from=2018-12-05&to=2019-01-10&level=paid")
    paid = (
        "SELECT COUNT(*) FROM songplays WHERE level = 'paid' AND start_time >= CAST('2018-12-05' "
        "AS TIMESTAMP) AND start_time < CAST('2019-01-11' AS TIMESTAMP)"
    )
    assert sum(row[-1] for row in chart_rows(page, "hours")) == value(warehouse, paid)
    assert sum(row[1] for row in chart_rows(page, "plays")) == value(warehouse, paid)
