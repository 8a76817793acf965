"""The documents say what the SQL and the definitions say, and their commands work."""

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click
import pytest

from sparkify_dagster.cli import cli
from sparkify_dagster.code_location import build_definitions
from sparkify_dagster.models import files
from sparkify_dagster.settings import RedshiftSettings, Settings
from sparkify_dagster_tests.documents import PAGES, PARTS, ROOT, Block, blocks, current, made_parts

README, DOCS = ROOT / "README.md", ROOT / "docs"
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
_FILE = re.compile(r"`([\w.-]+(?:/[\w.*-]+)+\.(?:py|sql|json|yaml|md|html|txt))`")
_SPARKIFY = re.compile(r"(?:^|[\s`/])sparkify ((?:[a-z]+ ?)+)((?:[^`\n]*))", re.MULTILINE)
_NOT_OURS = ("data/", "log_data/", "song_data/", "deployment/", "checks/plays_are_positive")
_ENGINE_SETTINGS = "redshift"
# Settings whose defaults the page describes in words.
_IN_WORDS = ("SCHEMA", "READER", "DASHBOARD")

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


# What is made


@by_page
def test_the_parts_made_from_the_sql_and_the_definitions_are_current(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert current(text) == text


def test_every_part_stands_on_a_page() -> None:
    assert {name for _, name in made_parts()} == PARTS.keys()


@pytest.mark.parametrize(("page", "part"), made_parts(), ids=str)
def test_a_part_that_is_not_current_is_noticed(page: Path, part: str) -> None:
    text = page.read_text(encoding="utf-8")
    begin = f"<!-- made: {part} -->\n"
    assert current(text.replace(begin, f"{begin}\nold")) == text


# What is named


@by_page
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for path, anchor in _LINK.findall(text):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        if anchor:
            assert anchor in _anchors(target), f"{path}#{anchor}"


def test_every_picture_is_shown_on_a_page() -> None:
    """Found by reading: three pictures of Dagster's pages were linked from nowhere."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [path.name for path in DOCS.glob("*.png") if f"{path.name})" not in text] == []


@by_page
def test_every_file_that_is_named_exists(page: Path) -> None:
    """Found by reading: the README named modules and folders that had been removed."""
    places = (ROOT, ROOT / "sparkify_dagster", ROOT / "sparkify_dagster_tests", page.parent)
    for name in _FILE.findall(page.read_text(encoding="utf-8")):
        if "*" in name or name.startswith(_NOT_OURS) or name.startswith("sql/analytics/city_plays"):
            continue
        assert any((place / name).exists() for place in (*places, files.sql_root())), name


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@by_page
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    for words, rest in _SPARKIFY.findall(page.read_text(encoding="utf-8")):
        command = _command(words.split())
        if command is None:
            continue
        options = {name for parameter in command.params for name in parameter.opts}
        named = set(re.findall(r"(?<= )--[a-z][a-z-]*", rest.split("  #")[0]))
        assert named <= {*options, "--help"}, f"sparkify {words}"


def _command(words: list[str]) -> click.Command | None:
    """Return the command of some words; None if they are prose, such as "sparkify does"."""
    found: click.Command = cli
    for word in words:
        if not isinstance(found, click.Group) or word not in found.commands:
            break
        found = found.commands[word]
    return None if found is cli else found


def test_every_command_is_described() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for name in cli.commands:
        assert f"sparkify {name}" in text, name


def test_every_setting_is_described_with_its_default() -> None:
    described = dict(
        re.findall(
            r"^\| SPARKIFY_(\w+) \| ([^|]*?) ?\|", (DOCS / "settings.md").read_text(), re.MULTILINE
        )
    )
    defaults = {
        one.name.upper(): one.default for one in fields(Settings) if one.name != _ENGINE_SETTINGS
    }
    redshift = {f"REDSHIFT_{one.name.upper()}": one.default for one in fields(RedshiftSettings)}
    assert described.keys() == {*defaults, *redshift}
    for name, default in {**defaults, **redshift}.items():
        if default and name not in _IN_WORDS:
            assert described[name] == f"`{default}`", name
        else:
            assert not described[name].startswith("`") or name in _IN_WORDS, name


def test_every_job_sensor_and_schedule_is_described() -> None:
    text = (DOCS / "loading.md").read_text(encoding="utf-8")
    control, source = "s3://bucket/control", "s3://bucket/source"
    definitions = build_definitions(
        Settings(source=source, warehouse="redshift://", control=control)
    )
    names = {one.name for one in definitions.jobs or []}
    names |= {f"sensor `{one.name}`" for one in definitions.sensors or []}
    names |= {f"schedule `{one.name}`" for one in definitions.schedules or []}
    for name in names:
        assert name in text, name


def test_the_readme_is_short_and_has_no_gaps() -> None:
    """Found by reading: a word stood where the table of speed belonged."""
    for section in README.read_text(encoding="utf-8").split("\n## ")[1:]:
        assert len(section.splitlines()) > len("any"), section
    assert len(README.read_text(encoding="utf-8").splitlines()) < 175


# What is run


def _run(words: list[str], folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    kept["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return subprocess.run(
        words,
        cwd=folder,
        env={**kept, "HOME": str(folder), **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def _work(folder: Path) -> Path:
    """Make a folder in which commands find the project as in a checkout."""
    folder.mkdir()
    for name in ("sparkify_dagster", "sql", "pyproject.toml", "workspace.yaml", "dagster.yaml"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which `sparkify demo` was run."""
    folder = _work(tmp_path_factory.mktemp("documents") / "demo")
    ran = _run(["sparkify", "demo"], folder)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


def _runnable() -> list[tuple[str, Block]]:
    found = [(page.name, block) for page in PAGES for block in blocks(page, "sh")]
    return [(name, block) for name, block in found if block.reason is None]


@pytest.mark.parametrize(
    ("page", "block"), _runnable(), ids=lambda one: one if isinstance(one, str) else ""
)
def test_the_commands_of_a_block_work_and_print_what_the_page_says(
    demo: Path, page: str, block: Block
) -> None:
    del page
    text = block.text.replace("sh .ci/setup && ", "").replace(".venv/bin/", "")
    ran = _run(["sh", "-e", "-c", text], demo, BROWSER="true")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    if block.output is not None:
        printed = [line.rstrip() for line in ran.stdout.splitlines()]
        assert [line for line in printed if line] == block.output.splitlines()


@pytest.mark.parametrize("number", [0, 1])
def test_the_examples_in_python_work(demo: Path, number: int) -> None:
    """An asset with the resource `warehouse`, and a notebook."""
    block = blocks(DOCS / "loading.md", "python")[number]
    code = block.text + (
        """
from sparkify_dagster.defs.resources import warehouse_resource
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import open_warehouse
settings = Settings.from_environment()
resource = warehouse_resource(settings, open_warehouse(settings))
assert dg.materialize([plays_by_level], resources={"warehouse": resource}).success
print(open("plays_by_level.csv").read())
"""
        if number == 0
        else "print(len(users))"
    )
    ran = _run([sys.executable, "-c", code], demo)
    assert ran.returncode == 0, ran.stderr
    wanted = "level,plays" if number == 0 else "180"
    assert wanted in ran.stdout


def test_the_example_of_reading_the_duckdb_file_works(demo: Path) -> None:
    [block, *_] = blocks(DOCS / "analysts.md", "python")
    ran = _run([sys.executable, "-c", block.text + "\nprint(len(plays))"], demo)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 90


def test_a_block_of_commands_that_is_not_run_says_why() -> None:
    skipped = [block for page in PAGES for block in blocks(page, "sh") if block.reason]
    assert all(len(block.reason or "") > len("no") for block in skipped)
