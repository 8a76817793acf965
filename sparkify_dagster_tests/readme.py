"""The parts of README.md that are made from the SQL and the definitions.

`python -m sparkify_dagster_tests.readme` writes them anew; a test sees that they are current.
"""

from collections.abc import Callable
from pathlib import Path

from sparkify_dagster.code_location import build_definitions
from sparkify_dagster.loading.checks import Check, checks_of, control_checks
from sparkify_dagster.models import catalogue, contract
from sparkify_dagster.settings import Settings

README = Path(__file__).parent.parent / "README.md"
_STAR = ("songplays", "users", "songs", "artists", "time")
_ASSETS = ("redshift_cluster", "staging_events", "staging_songs", "daily_user_profiles", *_STAR)


def schema_picture() -> str:
    """Draw the star as a Mermaid diagram, from its `table.sql` files."""
    lines = ["```mermaid", "erDiagram"]
    for name in _STAR:
        table = contract.table(name)
        lines += [f"    {r.table} ||--o{{ {name} : {r.column}" for r in table.references]
    for name in _STAR:
        table = contract.table(name)
        foreign = {reference.column for reference in table.references}
        lines.append(f"    {name} {{")
        for column in table.columns:
            marks = ["PK"] if column.name in table.primary_key else []
            marks += ["FK"] if column.name in foreign else []
            kind = column.type.split("(", 1)[0].replace(" ", "_")
            lines.append(f"        {kind} {column.name} {','.join(marks)}".rstrip())
        lines.append("    }")
    return "\n".join([*lines, "```"])


def asset_graph() -> str:
    """Draw the assets of the pipeline and what they are made of."""
    graph = build_definitions(Settings()).resolve_asset_graph()
    lines = ["```mermaid", "flowchart LR"]
    for key in sorted(graph.get_all_asset_keys(), key=str):
        name = key.to_user_string()
        parents = sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
        lines += [f"    {p} --> {name}" for p in parents if p in _ASSETS and name in _ASSETS]
    return "\n".join([*lines, "```"])


def asset_table() -> str:
    """List assets with what they hold, how they come about, and their checks."""
    lines = ["| asset | holds | by | checks |", "| --- | --- | --- | --- |"]
    for name in _ASSETS:
        holds = contract.table(name).comment if name in contract.tables() else "The warehouse"
        known = catalogue.models().get(name)
        monthly = known is not None and known.by_month
        checks = ", ".join(f"`{check.name}`" for check in _checks(name))
        lines.append(f"| `{name}` | {holds} | {'log month' if monthly else 'whole'} | {checks} |")
    return "\n".join(lines)


def _checks(asset: str) -> tuple[Check, ...]:
    return checks_of(asset) if asset in catalogue.models() else control_checks()


PARTS: dict[str, Callable[[], str]] = {
    "schema": schema_picture,
    "assets": asset_graph,
    "checks": asset_table,
}


def current(text: str) -> str:
    """Give the README's text with its made parts as they should be."""
    for name, make in PARTS.items():
        begin, end = f"<!-- made: {name} -->", "<!-- end -->"
        before, _, rest = text.partition(begin)
        after = rest.partition(end)[2]
        text = f"{before}{begin}\n\n{make()}\n\n{end}{after}"
    return text


if __name__ == "__main__":
    README.write_text(current(README.read_text(encoding="utf-8")), encoding="utf-8")
