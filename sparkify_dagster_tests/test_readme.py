"""README.md says what the SQL and the definitions say."""

import pytest

from sparkify_dagster_tests.readme import PARTS, README, current


def test_the_parts_made_from_the_sql_and_the_definitions_are_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert current(text) == text


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_not_current_is_noticed(part: str) -> None:
    text = README.read_text(encoding="utf-8")
    begin = f"<!-- made: {part} -->"
    assert current(text.replace(begin, f"{begin}\n\nold")) == text
