"""The documents: README.md, docs/ and the like, with the parts that are made from the SQL.

`python -m sparkify_dagster_tests.documents` writes these parts; a test checks that they are so.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sparkify_dagster.code_location import build_definitions
from sparkify_dagster.loading.checks import Check, checks_of, control_checks
from sparkify_dagster.loading.schema import READERS
from sparkify_dagster.models import catalogue, contract
from sparkify_dagster.settings import Settings

ROOT = Path(__file__).parent.parent
PAGES = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
)
_STAR = ("songplays", "users", "songs", "artists", "time")
_ASSETS = ("redshift_cluster", "staging_events", "staging_songs", "daily_user_profiles", *_STAR)
_PART = re.compile(r"<!-- made: (?P<name>\w+) -->\n.*?<!-- end -->", re.DOTALL)
_BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]+) -->\n\n)?"
    r"```(?P<language>\w+)\n(?P<text>.*?)^```$(?:\n\n```text\n(?P<output>.*?)^```$)?",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A block of code, the output that is shown right after it, and why tests do not run it."""

    language: str
    text: str
    output: str | None
    reason: str | None


def blocks(page: Path, language: str) -> list[Block]:
    """Return the blocks of a language on a page, in order."""
    found = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [
        Block(language, one["text"], one["output"], one["reason"])
        for one in found
        if one["language"] == language
    ]


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
    """Draw the assets from the files to the star, and what they are made of."""
    graph = build_definitions(Settings()).resolve_asset_graph()
    lines = ["```mermaid", "flowchart LR"]
    for key in sorted(graph.get_all_asset_keys(), key=str):
        name = key.to_user_string()
        parents = sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
        lines += [f"    {p} --> {name}" for p in parents if p in _ASSETS and name in _ASSETS]
    return "\n".join([*lines, "```"])


def asset_table() -> str:
    """List assets with what they hold, how they are built, and their checks."""
    lines = ["| asset | holds | built | checks |", "| --- | --- | --- | --- |"]
    for name in ("redshift_cluster", *catalogue.models()):
        holds = contract.table(name).comment if name in contract.tables() else "The warehouse"
        checks = "<br>".join(f"`{check.name}`" for check in _checks(name))
        lines.append(f"| `{name}` | {holds} | {_built(name)} | {checks} |")
    return "\n".join(lines)


def grants() -> str:
    """Write the statements that let the group of readers read tables that exist already."""
    tables = [t.name for t in contract.tables().values() if t.layer in ("star", "analytics")]
    names = ",\n    ".join(tables)
    return (
        "```\n"
        f"GRANT USAGE ON SCHEMA public TO GROUP {READERS};\n"
        f"GRANT SELECT ON TABLE\n    {names}\nTO GROUP {READERS};\n"
        "```"
    )


def _built(name: str) -> str:
    model = catalogue.models().get(name)
    return f"by {model.grain}" if model and model.windowed else "in full" if model else "not by SQL"


def _checks(asset: str) -> tuple[Check, ...]:
    return checks_of(asset) if asset in catalogue.models() else control_checks()


PARTS: dict[str, Callable[[], str]] = {
    "schema": schema_picture,
    "assets": asset_graph,
    "checks": asset_table,
    "grants": grants,
}


def current(text: str) -> str:
    """Return a page's text with its made parts as they should be."""

    def made(part: re.Match[str]) -> str:
        return f"<!-- made: {part['name']} -->\n\n{PARTS[part['name']]()}\n\n<!-- end -->"

    return _PART.sub(made, text)


def made_parts() -> Iterator[tuple[Path, str]]:
    """Return each made part: its page and its name."""
    for page in PAGES:
        for part in _PART.finditer(page.read_text(encoding="utf-8")):
            yield page, part["name"]


if __name__ == "__main__":
    for one in PAGES:
        one.write_text(current(one.read_text(encoding="utf-8")), encoding="utf-8")
