"""The example queries of docs/analysts.md, and the output that follows each.

A query stands in a block marked `sql`, its output on the data of `sparkify demo` in a block marked
`text` right after it. `python -m sparkify_dagster_tests.examples` writes the outputs anew; a test
sees that they are current.
"""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from sparkify_dagster.cli.show import console, print_table
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.loading.driver import load, warehouse_at

_ROOT = Path(__file__).parent.parent
PAGES = (_ROOT / "docs" / "analysts.md",)
_EXAMPLE = re.compile(
    r"(?<=```sql\n)(?P<query>(?:(?!```).)*)(?P<between>\n```\n\n```text\n)(?:(?!```).)*", re.DOTALL
)


def queries(page: Path) -> list[str]:
    """Give all queries of a page, with or without output."""
    return re.findall(r"```sql\n(.*?)\n```", page.read_text(encoding="utf-8"), re.DOTALL)


def current(text: str, answer: Callable[[str], str]) -> str:
    """Give a page's text with the outputs as they should be."""

    def renewed(example: re.Match[str]) -> str:
        return f"{example['query']}{example['between']}{answer(example['query'])}"

    return _EXAMPLE.sub(renewed, text)


def demo_warehouse(folder: Path) -> Warehouse:
    """Fill a warehouse with what `sparkify demo` loads."""
    simulate(Simulation(), folder / "source")
    warehouse = warehouse_at(folder / "demo.duckdb")
    load(warehouse, folder / "source")
    return warehouse


def shown(warehouse: Warehouse, query: str) -> str:
    """Give what `sparkify query` prints of a query's rows."""
    answer = warehouse.read(query)
    with console().capture() as captured:
        print_table(answer.columns, answer.rows)
    lines = [line.rstrip() for line in captured.get().splitlines()]
    return "\n".join(line for line in lines if line) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        demo = demo_warehouse(Path(place))
        for page in PAGES:
            text = page.read_text(encoding="utf-8")
            page.write_text(current(text, lambda query: shown(demo, query)), encoding="utf-8")
