"""The page: figures, style, scripts and plotting library in one file that works offline."""

import json
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from sparkify_dagster.dashboard.figures import Figures, as_json, read_figures
from sparkify_dagster.warehouse.base import Warehouse

_HERE = Path(__file__).parent
_SCRIPTS = (
    "vendor/d3.min.js",
    "vendor/plot.min.js",
    "page/source.js",
    "page/state.js",
    "page/rows.js",
    "page/rows_of_lists.js",
    "page/elements.js",
    "page/plots.js",
    "page/charts_users.js",
    "page/charts_engagement.js",
    "page/charts_catalogue.js",
    "page/charts_recommendations.js",
    "page/csv.js",
    "page/cards.js",
    "page/tiles.js",
    "page/controls.js",
    "page/page.js",
)


@dataclass(frozen=True)
class DashboardSummary:
    """What was written: where, how large (bytes), up to which event, and the share linked."""

    path: Path
    size: int
    last_event: datetime | None
    months: list[str]
    plays: int
    linked_plays: int

    @property
    def linked_share(self) -> float | None:
        """The share of plays that are of a song of the catalogue, 0 to 1; None without plays."""
        return self.linked_plays / self.plays if self.plays else None


def write_dashboard(
    warehouse: Warehouse, path: Path, built_at: datetime | None = None
) -> DashboardSummary:
    """Write the dashboard. Readers of the file see the old or the new page, never half of one.

    The page depends on nothing but the tables and `built_at` (by default, now).
    """
    figures = warehouse.transact(read_figures)
    page = render(figures, built_at or datetime.now(UTC))
    _replace(path, page)
    return DashboardSummary(
        path=path,
        size=len(page),
        last_event=figures.last_event,
        months=figures.months,
        plays=figures.plays,
        linked_plays=figures.linked_plays,
    )


def render(figures: Figures, built_at: datetime) -> bytes:
    """Return the page as UTF-8."""
    built = {"built_at": f"{built_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    return _template().replace("{{figures}}", _embedded(as_json(figures) | built)).encode()


def _embedded(value: object) -> str:
    """Return JSON that no text in it can leave: `</script>` and `<!--` lose their bracket."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def _template() -> str:
    """Return the page without its figures."""
    scripts = "".join(f"<script>\n{_read(name)}\n</script>\n" for name in _SCRIPTS)
    page = _read("page/page.html").replace("{{style}}", _read("page/style.css"))
    return page.replace("{{scripts}}", scripts)


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        file.write(content)
    temporary = Path(file.name)
    if path.exists():  # whoever may read the page today may read it tomorrow
        temporary.chmod(stat.S_IMODE(path.stat().st_mode))
    temporary.replace(path)
