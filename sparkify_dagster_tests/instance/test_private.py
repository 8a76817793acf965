"""Private parts of Dagster are used in one module, which works without them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import sparkify_dagster
from sparkify_dagster.instance import private
from sparkify_dagster.instance.home import open_instance

PACKAGE = Path(sparkify_dagster.__file__).parent
_MOST = 5
SQLITE = private.FastEventStorage.__mro__[1]
# Private packages, and what they export beside the names that `dagster` itself exports.
_PRIVATE = ("dagster._", "dagster_shared", "dagster_webserver.", "dagster_graphql.")


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_no_other_module_imports_a_private_part_of_dagster() -> None:
    """Found by reading the imports: before the fix, six modules imported from dagster._core."""
    found = [
        (path.name, name)
        for folder in (PACKAGE, PACKAGE.with_name("sparkify_dagster_tests"))
        for path in folder.rglob("*.py")
        if path != Path(private.__file__)
        for name in _imported(path)
        if name.startswith(_PRIVATE)
    ]
    assert found == []


def test_the_module_uses_at_most_five_names() -> None:
    """A method that overrides one of Dagster's counts as a name."""
    names = {name for name in _imported(Path(private.__file__)) if name.startswith(_PRIVATE)}
    overridden = set(vars(private.FastEventStorage)) & set(dir(SQLITE))
    public = {"from_config_value"}  # of ConfigurableClass
    used = {*names, *(name for name in overridden - public if not name.startswith("_"))}
    assert 0 < len(used) <= _MOST, used
    documented = private.__doc__ or ""
    assert [name for name in used if name.rpartition(".")[2] not in documented] == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('# "storage" is not set here\ntelemetry: {enabled: false}', "FastEventStorage"),
        ("storage: {sqlite: {base_dir: .}}", "SqliteEventLogStorage"),
    ],
)
def test_what_dagster_yaml_sets_decides_and_not_a_word_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, kind: str
) -> None:
    """Found by a comment with the word `storage`: before the fix, it set the storage."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_text(text.replace("base_dir: .", f"base_dir: {tmp_path}"))
    with open_instance() as instance:
        assert type(instance.event_log_storage).__name__ == kind


def test_without_the_private_storage_the_instance_is_dagsters_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(private, "_EventStorage", None)
    with open_instance() as instance:
        assert type(instance.event_log_storage).__name__ == "SqliteEventLogStorage"
        assert instance.get_runs() == []
