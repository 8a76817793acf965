"""The page of the stand-in's rules, and their sources."""

import re
from pathlib import Path

import pytest

from sparkify_dagster_tests.redshift_stand_in import constructs, gate, rule_book
from sparkify_dagster_tests.redshift_stand_in.errors import RedshiftError
from sparkify_dagster_tests.redshift_stand_in.lexer import statements, tokenise
from sparkify_dagster_tests.redshift_stand_in_tests.shown import SHOWN
from sparkify_dagster_tests.redshift_stand_in_tests.test_refusals import REFUSED

_ROOT = Path(__file__).parents[2]
_STAND_IN = Path(rule_book.__file__).parent


def test_the_page_lists_the_rules_of_the_code() -> None:
    written = (_ROOT / "docs/redshift-rules.md").read_text(encoding="utf-8")
    assert written == rule_book.page(), "run python -m …redshift_stand_in.rule_book"


def test_each_rule_has_a_source() -> None:
    known = r"documented: \w[\w-]+(, \w[\w-]+)*|an issue: .+|from experience"
    assert [rule for rule in rule_book.all_rules() if not re.fullmatch(known, rule.source)] == []


def test_no_rule_is_left_out_of_the_page() -> None:
    """Each module with RULES is in the rule book, and each refused construct is a rule."""
    own = [path for path in _STAND_IN.glob("*.py") if path.name not in {"rules.py", "rule_book.py"}]
    made = re.compile(r"^ {4}(?:documented|from_issue|from_experience)\(", re.MULTILINE)
    counts = [len(made.findall(path.read_text(encoding="utf-8"))) for path in own]
    assert len(rule_book.all_rules()) == sum(counts) + len(constructs.REFUSED)


def test_each_rule_has_a_test_that_shows_it() -> None:
    """A refused construct is shown by a statement that is refused for it."""
    starts = [start for starts in SHOWN.values() for start in starts]
    shown = {r.what: sum(r.what.startswith(s) for s in starts) for r in rule_book.all_rules()}
    others = {rule.what for rule in constructs.RULES}
    assert {what for what, count in shown.items() if count != 1} == others
    assert len(starts) == len(shown) - len(others)


@pytest.mark.parametrize("name", [name for _, name, _ in constructs.REFUSED])
def test_each_refused_construct_has_a_statement_that_is_refused_for_it(name: str) -> None:
    assert any(_refused_for(statement) == name for statement in REFUSED), name


def _refused_for(statement: str) -> str:
    try:
        for tokens in statements(tokenise(statement)):
            gate.check(tokens)
    except RedshiftError as error:
        return error.message.removesuffix(": not supported in Redshift")
    return ""
