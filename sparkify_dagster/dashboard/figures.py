"""The figures that the dashboard shows: a few queries on the analytics tables.

What is shown by month is held to the latest 24 months, and what is ranked to its first rows, so
the page does not grow with history.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sparkify_dagster import partitions
from sparkify_dagster.warehouse.base import Answer, Transaction

MONTHS_SHOWN = 24

# Parameters: :first_month, :last_month, :first_moment, :end_moment. Every order is total, so that
# the same tables give the same page.
QUERIES = {
    "daily_users": """
        SELECT day, active_users, new_users, weekly_active, monthly_active
        FROM daily_users
        WHERE day >= CAST(:first_moment AS DATE) AND day < CAST(:end_moment AS DATE)
        ORDER BY day""",
    "daily_plays": """
        SELECT day, level, plays, linked_plays
        FROM daily_plays
        WHERE day >= CAST(:first_moment AS DATE) AND day < CAST(:end_moment AS DATE)
        ORDER BY day, level""",
    "monthly_users": """
        SELECT *
        FROM monthly_users
        WHERE log_month BETWEEN :first_month AND :last_month
        ORDER BY log_month""",
    "retention": """
        SELECT cohort_week, weeks_later, cohort_users, retained_users
        FROM weekly_retention
        WHERE cohort_week >= CAST(:first_moment AS DATE) - 6
        ORDER BY cohort_week, weeks_later""",
    "level_changes": """
        SELECT
            TO_CHAR(changed_at, 'YYYY-MM') AS log_month, from_level, to_level, days_at_from_level,
            COUNT(*) AS changes
        FROM level_changes
        WHERE changed_at >= :first_moment AND changed_at < :end_moment
        GROUP BY TO_CHAR(changed_at, 'YYYY-MM'), from_level, to_level, days_at_from_level
        ORDER BY log_month, from_level, to_level, days_at_from_level""",
    "hours": """
        SELECT
            TO_CHAR(day, 'YYYY-MM') AS log_month, CAST(EXTRACT(dow FROM day) AS INTEGER) AS weekday,
            hour, level, SUM(plays) AS plays
        FROM listening_hours
        WHERE day >= CAST(:first_moment AS DATE) AND day < CAST(:end_moment AS DATE)
        GROUP BY TO_CHAR(day, 'YYYY-MM'), CAST(EXTRACT(dow FROM day) AS INTEGER), hour, level
        ORDER BY log_month, weekday, hour, level""",
    "sessions": """
        SELECT log_month, COUNT(*) AS sessions, SUM(seconds) AS seconds, SUM(plays) AS plays
        FROM sessions
        WHERE log_month BETWEEN :first_month AND :last_month
        GROUP BY log_month
        ORDER BY log_month""",
    "session_lengths": """
        WITH lengths AS (
            SELECT
                log_month,
                CASE
                    WHEN seconds < 60 THEN 0
                    WHEN seconds < 600 THEN 1
                    WHEN seconds < 1800 THEN 2
                    WHEN seconds < 3600 THEN 3
                    WHEN seconds < 7200 THEN 4
                    WHEN seconds < 14400 THEN 5
                    ELSE 6
                END AS length
            FROM sessions
            WHERE log_month BETWEEN :first_month AND :last_month
        )

        SELECT log_month, length, COUNT(*) AS sessions
        FROM lengths
        GROUP BY log_month, length
        ORDER BY log_month, length""",
    "places": """
        WITH ranked AS (
            SELECT location, ROW_NUMBER() OVER (ORDER BY SUM(plays) DESC, location) AS rank
            FROM sessions
            WHERE log_month BETWEEN :first_month AND :last_month
                AND location IS NOT NULL
            GROUP BY location
        )

        SELECT
            sessions.log_month, sessions.location, SUM(sessions.plays) AS plays,
            SUM(sessions.paid_plays) AS paid_plays
        FROM sessions
        INNER JOIN ranked ON ranked.location = sessions.location
        WHERE sessions.log_month BETWEEN :first_month AND :last_month
            AND ranked.rank <= 60
        GROUP BY sessions.log_month, sessions.location
        ORDER BY sessions.log_month, sessions.location""",
    "devices": """
        SELECT
            log_month, device, browser, SUM(plays) AS plays, SUM(paid_plays) AS paid_plays
        FROM sessions
        WHERE log_month BETWEEN :first_month AND :last_month
        GROUP BY log_month, device, browser
        ORDER BY log_month, device, browser""",
    "songs_to_acquire": """
        SELECT rank, title, artist, plays, listeners, artist_in_catalogue
        FROM songs_to_acquire
        WHERE rank <= 50
        ORDER BY rank""",
    "artists": """
        WITH ranked AS (
            SELECT
                artist, plays, listeners, catalogue_songs,
                ROW_NUMBER() OVER (ORDER BY plays DESC, artist)     AS rank_by_plays,
                ROW_NUMBER() OVER (ORDER BY listeners DESC, artist) AS rank_by_listeners,
                ROW_NUMBER() OVER (
                    PARTITION BY CASE WHEN catalogue_songs = 0 THEN 1 ELSE 0 END
                    ORDER BY plays DESC, artist
                )                                                   AS rank_in_kind
            FROM artist_popularity
        )

        SELECT artist, plays, listeners, catalogue_songs
        FROM ranked
        WHERE rank_by_plays <= 20
            OR rank_by_listeners <= 20
            OR (catalogue_songs = 0 AND rank_in_kind <= 20)
        ORDER BY plays DESC, artist""",
    "artist_places": """
        SELECT location, SUM(plays) AS plays, COUNT(*) AS artists
        FROM artist_popularity
        GROUP BY location
        ORDER BY plays DESC, location
        LIMIT 16""",
    "similar_songs": """
        WITH popular AS (
            SELECT song_id, COUNT(*) AS users
            FROM favourite_songs
            WHERE song_id IN (SELECT song_id FROM similar_songs)
            GROUP BY song_id
            ORDER BY users DESC, song_id
            LIMIT 30
        )

        SELECT
            popular.song_id, songs.title, songs.artist_name AS artist, similar_songs.rank,
            others.title AS similar_title, others.artist_name AS similar_artist,
            similar_songs.common_listeners, similar_songs.similarity
        FROM popular
        INNER JOIN similar_songs ON similar_songs.song_id = popular.song_id
        INNER JOIN songs ON songs.song_id = similar_songs.song_id
        INNER JOIN songs AS others ON others.song_id = similar_songs.similar_song_id
        ORDER BY popular.users DESC, popular.song_id, similar_songs.rank""",
    "recommended": """
        SELECT
            songs.title, songs.artist_name AS artist, COUNT(*) AS users,
            SUM(CASE WHEN recommendations.reason = 'similar' THEN 1 ELSE 0 END) AS by_likeness
        FROM recommendations
        INNER JOIN songs ON songs.song_id = recommendations.song_id
        GROUP BY songs.song_id, songs.title, songs.artist_name
        ORDER BY users DESC, songs.song_id
        LIMIT 15""",
    "recommendation_reasons": """
        SELECT reason, COUNT(*) AS recommendations, COUNT(DISTINCT user_id) AS users
        FROM recommendations
        GROUP BY reason
        ORDER BY reason""",
}

LAST_EVENT = """
    SELECT MAX(ts)
    FROM staging_events
    WHERE log_month = (SELECT MAX(TO_CHAR(day, 'YYYY-MM')) FROM daily_users)"""


@dataclass(frozen=True)
class Figures:
    """What the page is made of: answers by name, and what is said of all of them.

    Without any event in the warehouse `last_event` is None and the answers are empty.
    """

    months: list[str]
    last_event: datetime | None
    plays: int
    linked_plays: int
    answers: dict[str, Answer]


def _bounds(first_month: str, last_month: str) -> dict[str, object]:
    return {
        "first_month": first_month,
        "last_month": last_month,
        "first_moment": partitions.window(first_month).start,
        "end_moment": partitions.window(last_month).end,
    }


def read_figures(tx: Transaction) -> Figures:
    """Read all figures in one transaction, so that they fit one another."""
    last = tx.value("SELECT MAX(day) FROM daily_users")
    months = _months(last) if last else []
    ranges = _bounds(months[0], months[-1]) if months else _bounds("2018-01", "2018-01")
    answers = {name: tx.ask(query, **ranges) for name, query in QUERIES.items()}
    [totals] = tx.query(
        "SELECT COALESCE(SUM(plays), 0), COALESCE(SUM(linked_plays), 0) FROM daily_plays"
    )
    last_event = _moment(int(tx.value(LAST_EVENT))) if last else None
    known = {str(row[0]) for row in answers["monthly_users"].rows}
    shown = [month for month in months if month >= min(known)] if known else []
    return Figures(shown, last_event, int(totals[0]), int(totals[1]), answers)


def _months(last: date) -> list[str]:
    """Give the months shown, up to that of the last day."""
    count = last.year * 12 + last.month - MONTHS_SHOWN
    first = f"{count // 12:04}-{count % 12 + 1:02}"
    return partitions.months_between(first, f"{last:%Y-%m}")


def _moment(ts: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ts)


def as_json(figures: Figures) -> dict[str, object]:
    """Put the figures into what JSON knows: each answer as columns and rows."""
    return {
        "months": figures.months,
        "last_event": figures.last_event and f"{figures.last_event:%Y-%m-%dT%H:%M:%SZ}",
        "plays": figures.plays,
        "linked_plays": figures.linked_plays,
        "tables": {
            name: {"columns": answer.columns, "rows": [list(_cells(row)) for row in answer.rows]}
            for name, answer in figures.answers.items()
        },
    }


def _cells(row: tuple[object, ...]) -> Iterator[object]:
    """Give numbers as numbers (engines sum integers into decimals), days as text."""
    for value in row:
        if value is None or isinstance(value, bool | int | str):
            yield value
        elif isinstance(value, date):
            yield value.isoformat()
        elif isinstance(value, float):
            yield round(value, 6)
        else:
            yield int(value)  # type: ignore[call-overload]
