"""The chart of each analytics table, for Dagster's pages: an SVG in a data address.

Dagster's Markdown shows it; nothing is asked for outside the page.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sparkify_dagster.dashboard import drawing
from sparkify_dagster.warehouse.base import Answer


def chart_query(table: str) -> str | None:
    """Give the query whose answer `chart_of` draws; None for a table without a chart."""
    picture = _PICTURES.get(table)
    return picture.query if picture else None


def chart_of(table: str, answer: Answer) -> str | None:
    """Draw the answer to the table's `chart_query`, as Markdown; None where there is nothing."""
    picture = _PICTURES.get(table)
    if picture is None or not answer.rows:
        return None
    svg = drawing.framed(picture.title, picture.draw(answer.columns, answer.rows))
    encoded = base64.b64encode(svg.encode()).decode()
    return f"![{picture.title}](data:image/svg+xml;base64,{encoded})"


@dataclass(frozen=True)
class _Picture:
    title: str
    query: str
    draw: Callable[[Sequence[str], drawing.Rows], str]


_PICTURES = {
    "user_days": _Picture(
        "User days by month",
        "SELECT TO_CHAR(day, 'YYYY-MM') AS month, COUNT(*) AS user_days FROM user_days "
        "GROUP BY TO_CHAR(day, 'YYYY-MM') ORDER BY month",
        drawing.stacks,
    ),
    "user_levels": _Picture(
        "Users by their levels in the month",
        "SELECT TO_CHAR(day, 'YYYY-MM') AS log_month, "
        "COUNT(DISTINCT CASE WHEN level = 'paid' THEN user_id END) AS paid, "
        "COUNT(DISTINCT CASE WHEN level = 'free' THEN user_id END) AS free "
        "FROM user_levels GROUP BY TO_CHAR(day, 'YYYY-MM') ORDER BY log_month",
        drawing.stacks,
    ),
    "listens": _Picture(
        "Plays by month",
        "SELECT TO_CHAR(day, 'YYYY-MM') AS log_month, "
        "SUM(CASE WHEN song_id IS NULL THEN 0 ELSE plays END) AS in_catalogue, "
        "SUM(CASE WHEN song_id IS NULL THEN plays ELSE 0 END) AS not_in_it "
        "FROM listens GROUP BY TO_CHAR(day, 'YYYY-MM') ORDER BY log_month",
        drawing.stacks,
    ),
    "daily_plays": _Picture(
        "Plays a day",
        "SELECT day, SUM(CASE WHEN level = 'paid' THEN plays ELSE 0 END) AS paid, "
        "SUM(CASE WHEN level = 'paid' THEN 0 ELSE plays END) AS free "
        "FROM daily_plays GROUP BY day ORDER BY day",
        drawing.lines,
    ),
    "listening_hours": _Picture(
        "Plays by weekday, from Sunday, and hour, UTC",
        "SELECT CAST(EXTRACT(dow FROM day) AS INTEGER) AS weekday, hour, SUM(plays) AS plays "
        "FROM listening_hours GROUP BY CAST(EXTRACT(dow FROM day) AS INTEGER), hour "
        "ORDER BY weekday, hour",
        drawing.heat,
    ),
    "session_days": _Picture(
        "Sessions a day",
        "SELECT day, COUNT(*) AS sessions FROM session_days GROUP BY day ORDER BY day",
        drawing.lines,
    ),
    "sessions": _Picture(
        "Plays by device and browser",
        "SELECT device, browser, SUM(plays) AS plays FROM sessions "
        "GROUP BY device, browser ORDER BY plays DESC, device, browser LIMIT 9",
        drawing.bars,
    ),
    "daily_users": _Picture(
        "Active users",
        "SELECT day, active_users AS day_active, weekly_active, monthly_active "
        "FROM daily_users ORDER BY day",
        drawing.lines,
    ),
    "weekly_retention": _Picture(
        "Users that came again, in percent, by weeks after their first",
        "SELECT weeks_later, "
        "100 * CAST(SUM(retained_users) AS DOUBLE PRECISION) / SUM(cohort_users) AS came_again "
        "FROM weekly_retention GROUP BY weeks_later ORDER BY weeks_later",
        drawing.lines,
    ),
    "level_changes": _Picture(
        "Changes of level by month",
        "SELECT TO_CHAR(changed_at, 'YYYY-MM') AS month, "
        "SUM(CASE WHEN to_level = 'paid' THEN 1 ELSE 0 END) AS to_paid, "
        "SUM(CASE WHEN to_level = 'free' THEN 1 ELSE 0 END) AS to_free "
        "FROM level_changes GROUP BY TO_CHAR(changed_at, 'YYYY-MM') ORDER BY month",
        drawing.stacks,
    ),
    "monthly_users": _Picture(
        "Active users by month",
        "SELECT log_month, retained_users AS retained, resurrected_users AS resurrected, "
        "new_users AS new_ones FROM monthly_users ORDER BY log_month",
        drawing.stacks,
    ),
    "songs_to_acquire": _Picture(
        "Songs to acquire, by plays",
        "SELECT title, artist, plays FROM songs_to_acquire WHERE rank <= 9 ORDER BY rank",
        drawing.bars,
    ),
    "artist_popularity": _Picture(
        "Most played artists, by plays",
        "SELECT artist, plays FROM artist_popularity ORDER BY plays DESC, artist LIMIT 9",
        drawing.bars,
    ),
    "favourite_songs": _Picture(
        "Favourites of most users",
        "SELECT songs.title, songs.artist_name, COUNT(*) AS users FROM favourite_songs "
        "INNER JOIN songs ON songs.song_id = favourite_songs.song_id "
        "GROUP BY songs.song_id, songs.title, songs.artist_name "
        "ORDER BY users DESC, songs.song_id LIMIT 9",
        drawing.bars,
    ),
    "similar_songs": _Picture(
        "Pairs with most listeners in common",
        "SELECT songs.title, others.title AS similar_title, similar_songs.common_listeners "
        "FROM similar_songs INNER JOIN songs ON songs.song_id = similar_songs.song_id "
        "INNER JOIN songs AS others ON others.song_id = similar_songs.similar_song_id "
        "WHERE similar_songs.song_id < similar_songs.similar_song_id "
        "ORDER BY similar_songs.common_listeners DESC, similar_songs.song_id, "
        "similar_songs.similar_song_id LIMIT 9",
        drawing.bars,
    ),
    "recommendations": _Picture(
        "Recommendations by reason",
        "SELECT reason, COUNT(*) AS recommendations FROM recommendations "
        "GROUP BY reason ORDER BY reason DESC",
        drawing.bars,
    ),
}
