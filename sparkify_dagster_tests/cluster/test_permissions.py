"""The AWS actions that the code calls are those of docs/redshift.md, and the other way round."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import get_session

from sparkify_dagster.models import contract

PACKAGE = Path(contract.__file__).parents[1]
PAGE = PACKAGE.parent / "docs" / "redshift.md"
SERVICES = ("cloudformation", "ec2", "redshift", "redshift-serverless", "s3", "secretsmanager")
# The action of an operation has its name, except for these.
ACTIONS = {
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
}
HELPERS = {"upload_file": "s3:PutObject"}


@pytest.fixture(scope="module")
def operations() -> dict[str, set[str]]:
    """Return the IAM actions of each method of boto3's clients; two services may have one name."""
    found = {method: {action} for method, action in HELPERS.items()}
    for service in SERVICES:
        for name in get_session().get_service_model(service).operation_names:
            action = f"{service}:{name}"
            found.setdefault(xform_name(name), set()).add(ACTIONS.get(action, action))
    return found


def _called(operations: dict[str, set[str]]) -> Iterator[set[str]]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name, [*arguments] = node.func.attr, node.args
                if name == "get_paginator" and isinstance(arguments[0], ast.Constant):
                    name = str(arguments[0].value)
                if name in operations:
                    yield operations[name]


def _documented(heading: str) -> set[str]:
    """Return the actions of the table below a paragraph; a name without service has the last's."""
    rows = PAGE.read_text("utf-8").partition(heading)[2].partition("\n\n")[2].partition("\n\n")[0]
    found, service = set[str](), ""
    for name in re.findall(r"`([a-z0-9-]+:[A-Z*]\w*|[A-Z][a-z]\w+)`", rows):
        service = name.partition(":")[0] if ":" in name else service
        found.add(name if ":" in name else f"{service}:{name}")
    return found


RUN = "**The identity that runs the pipeline**"
STACK = "**To create, update and delete the stack**"


def test_every_action_that_the_code_calls_is_documented(operations: dict[str, set[str]]) -> None:
    """Found by this test: GetClusterCredentials, for SPARKIFY_READER, was not in the table."""
    documented = _documented(RUN) | _documented(STACK)
    called = list(_called(operations))
    assert len(called) > 30
    assert [actions for actions in called if not actions & documented] == []


def test_every_action_to_run_the_pipeline_is_called(operations: dict[str, set[str]]) -> None:
    assert _documented(RUN) - set().union(*_called(operations)) == set()
