"""All rules of the stand-in, and the page that lists them.

`python -m sparkify_dagster_tests.redshift_stand_in.rule_book > docs/redshift-rules.md`
"""

from sparkify_dagster_tests.redshift_stand_in import (
    constructs,
    copy_command,
    copy_files,
    copy_json,
    copy_load,
    copy_role,
    copy_values,
    ddl,
    dependencies,
    functions,
    gate,
    leader,
    lexer,
    load_errors,
    locks,
    login,
    planner,
    principals,
    translate,
)
from sparkify_dagster_tests.redshift_stand_in.rules import Rule

_CHAPTERS: tuple[tuple[str, tuple[tuple[Rule, ...], ...]], ...] = (
    ("Connections", (login.RULES,)),
    ("Names, text and types", (lexer.RULES, ddl.RULES, functions.RULES)),
    ("Statements that are refused", (gate.RULES, constructs.RULES, leader.RULES)),
    ("Transactions and locks", (translate.RULES, locks.RULES)),
    ("Keys", (dependencies.RULES, planner.RULES)),
    ("Users, privileges and the catalogue", (principals.RULES,)),
    (
        "COPY",
        (
            copy_command.RULES,
            copy_role.RULES,
            copy_files.RULES,
            copy_json.RULES,
            copy_values.RULES,
            copy_load.RULES,
        ),
    ),
    ("Load errors", (load_errors.RULES,)),
)
_TITLE = "# The rules of the Redshift stand-in"
_WHAT = (
    "The tests of the production path run against a stand-in for Amazon Redshift "
    "(`sparkify_dagster_tests/redshift_stand_in/`): PostgreSQL, made to behave as Redshift where "
    "the two differ. This page lists where, and how we know. It is written by "
    "`python -m sparkify_dagster_tests.redshift_stand_in.rule_book`, and a test checks that it is "
    "up to date. `sparkify_dagster_tests/redshift_stand_in_tests/shown.py` names the test that "
    "shows each rule."
)
_SOURCES = (
    '"documented" names a page of the *Amazon Redshift Database Developer Guide*, as its address '
    "does: `https://docs.aws.amazon.com/redshift/latest/dg/<page>.html`. "
    '"an issue" means a report of another project or of users. "from experience" means that users '
    "of Redshift say so and that Amazon does not."
)


def all_rules() -> list[Rule]:
    """Return every rule, in the order of the page."""
    return [rule for _, groups in _CHAPTERS for rules in groups for rule in rules]


def page() -> str:
    """Return docs/redshift-rules.md."""
    text = [f"{paragraph}\n\n" for paragraph in (_TITLE, _WHAT, _SOURCES)]
    for title, groups in _CHAPTERS:
        text += [f"## {title}\n\n", "| rule | source |\n| --- | --- |\n"]
        text += [
            f"| {rule.what.replace('|', '&#124;')} | {rule.source} |\n"
            for rules in groups
            for rule in rules
        ]
        text.append("\n")
    return "".join(text).rstrip("\n") + "\n"


if __name__ == "__main__":
    print(page(), end="")
