"""What a rule of the stand-in is: what it does, and the source that says that Redshift does so.

Each module lists the rules that it imitates as `RULES`, next to the code; `rule_book` collects
them and writes docs/redshift-rules.md.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """A rule, and its source: "documented: page", "an issue: …" or "from experience"."""

    what: str
    source: str


def documented(what: str, *pages: str) -> Rule:
    """Make a rule that a page of the Redshift Database Developer Guide states."""
    return Rule(what, f"documented: {', '.join(pages)}")


def from_issue(what: str, where: str) -> Rule:
    """Make a rule that an issue of another project reports."""
    return Rule(what, f"an issue: {where}")


def from_experience(what: str) -> Rule:
    """Make a rule that Amazon does not document, and that users of Redshift report."""
    return Rule(what, "from experience")
