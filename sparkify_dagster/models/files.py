"""The files of `sql/`: one folder per table, `sql/<layer>/<table>/`."""

from functools import cache
from pathlib import Path

LAYERS = ("control", "staging", "star", "analytics")


@cache
def sql_root() -> Path:
    """Return the folder `sql`: in the wheel it is beside the code, in a checkout above it."""
    package = Path(__file__).parent.parent
    packaged = package / "sql"
    return packaged if packaged.is_dir() else package.parent / "sql"


@cache
def folders() -> dict[str, str]:
    """Return the layer of each table, in the order of layers and names."""
    root = sql_root()
    return {
        folder.name: layer
        for layer in LAYERS
        for folder in sorted((root / layer).iterdir())
        if (folder / "table.sql").exists()
    }


def path(table: str, file: str) -> Path:
    """Return the path of a file in a table's folder, which need not exist."""
    return sql_root() / folders()[table] / table / file


@cache
def read(table: str, file: str) -> str:
    """Return the text of a file in a table's folder, such as `table.sql`."""
    return path(table, file).read_text(encoding="utf-8")


def has(table: str, file: str) -> bool:
    """Return whether a table's folder has a file."""
    return path(table, file).exists()


def rules(table: str) -> list[str]:
    """Name the rules in a table's folder `checks`, in order."""
    return sorted(file.stem for file in path(table, "checks").glob("*.sql"))
