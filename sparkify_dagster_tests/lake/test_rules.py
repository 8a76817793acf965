"""The rules as data, and what is derived from them."""

import re
from dataclasses import replace

from sparkify_dagster.lake import datasets
from sparkify_dagster.lake.copied import invalid_reason_sql
from sparkify_dagster.lake.rules import Pattern, Range, rules_digest, rules_of
from sparkify_dagster.models import files
from sparkify_dagster_tests.lake.reading import MONTH

EVENTS, SONGS = datasets.events(), datasets.songs()


def columns_of_copied_events() -> set[str]:
    create = files.read("staging_events", "create.sql")
    return set(re.findall(r"^    (\w+) ", create, re.MULTILINE))


def test_the_expression_for_redshift_names_only_columns_that_copy_fills() -> None:
    sql = invalid_reason_sql(EVENTS, MONTH)
    words = set(re.findall(r"[a-z_]+", re.sub(r"'[^']*'", "", sql)))
    assert words <= columns_of_copied_events()


def test_the_expression_for_redshift_has_every_pattern_and_the_month() -> None:
    sql = invalid_reason_sql(EVENTS, MONTH)
    stated = {
        f"{field.key} {rule.reason}"
        for field in EVENTS.fields
        for rule in rules_of(field)
        if isinstance(rule, Pattern) or (field.kind == "float" and isinstance(rule, Range))
    }
    assert set(re.findall(r"THEN '(\w+ [^']+)'\n", sql)) == stated
    assert len(stated) == 9
    assert "ts < 1541030400000 OR ts >= 1543622400000" in sql
    assert "' lies outside 2018-11, the month of its folder'" in sql


def test_the_digest_changes_with_every_rule() -> None:
    digests = {rules_digest(EVENTS), rules_digest(SONGS)}
    for number, field in enumerate(EVENTS.fields):
        for other in (
            replace(field, required=not field.required),
            replace(field, length=7),
            replace(field, key="x"),
            replace(field, column="x"),
        ):
            fields = [*EVENTS.fields]
            fields[number] = other
            digests.add(rules_digest(replace(EVENTS, fields=tuple(fields))))
    assert len(digests) == 2 + 4 * len(EVENTS.fields)
    assert rules_digest(EVENTS) == rules_digest(EVENTS)
