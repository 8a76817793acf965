"""The page: figures, style, program and plotting library put into one file that works offline."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from sparkify_dagster.dashboard.figures import as_json, read_figures
from sparkify_dagster.warehouse.base import Warehouse

_HERE = Path(__file__).parent
_SCRIPTS = (
    "vendor/d3.min.js",
    "vendor/plot.min.js",
    "page/data.js",
    "page/drawing.js",
    "page/rows.js",
    "page/charts.js",
    "page/cards.js",
    "page/kpis.js",
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
    """Write the dashboard; whoever has it open sees the old or the new page, never half of one.

    The page depends on the tables and `built_at` (now, unless given) alone.
    """
    figures = warehouse.transact(read_figures)
    built = (built_at or datetime.now(UTC)).astimezone(UTC)
    told = as_json(figures) | {"built_at": f"{built:%Y-%m-%dT%H:%M:%SZ}"}
    page = _template().replace("{{figures}}", _embedded(told)).encode()
    _replace(path, page)
    return DashboardSummary(
        path=path,
        size=len(page),
        last_event=figures.last_event,
        months=figures.months,
        plays=figures.plays,
        linked_plays=figures.linked_plays,
    )


def _embedded(value: object) -> str:
    """Write JSON that no text in it can leave: `</script>` and `<!--` lose their bracket."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def _template() -> str:
    """Give the page without its figures."""
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
    temporary.chmod(0o644)
    temporary.replace(path)
