"""An AWS account for each test: moto's server on loopback, or botocore's stubs."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import pytest
import requests
from botocore.stub import Stubber

from sparkify_dagster.cluster import Aws, Watch
from sparkify_dagster.settings import RedshiftSettings, Settings

REGION = "us-east-1"
BY_NAME = {"ClusterIdentifier": "sparkify"}
_READING = ("Describe", "Get", "List", "Head")

# Nothing in the tests waits as long as AWS takes.
IMPATIENT = Watch(limit_seconds=20, poll_seconds=0)

# moto's CloudFormation imports its API Gateway, which imports a validator with ten dependencies;
# no test uses it.
for _name in ("", ".validation", ".validation.exceptions"):
    sys.modules.setdefault(
        f"openapi_spec_validator{_name}", ModuleType(f"openapi_spec_validator{_name}")
    )
vars(sys.modules["openapi_spec_validator"]).setdefault("validate", None)
vars(sys.modules["openapi_spec_validator.validation.exceptions"]).setdefault(
    "OpenAPIValidationError", Exception
)


@dataclass
class Account:
    """An account, and the calls of the code under test."""

    aws: Aws
    calls: list[tuple[str, str]] = field(default_factory=list)

    @property
    def changes(self) -> list[str]:
        """The operations that could have changed something."""
        return [name for _, name in self.calls if not name.startswith(_READING)]

    @property
    def services(self) -> set[str]:
        """The services that something was changed in."""
        return {service for service, name in self.calls if not name.startswith(_READING)}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, moto_url: str) -> None:
    """Begin with an empty account, and without the machine's own AWS configuration."""
    requests.post(f"{moto_url}/moto-api/reset", timeout=10)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ENDPOINT_URL": moto_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def account() -> Account:
    """Give an empty account that records its calls."""
    return recorded_account()


@pytest.fixture
def settings() -> Settings:
    """Give the settings of a deployment on a provisioned cluster."""
    return Settings(
        source="s3://music/sparkify",
        warehouse="redshift://",
        control="s3://workshop/control",
        redshift=RedshiftSettings(allowed_cidr="10.1.0.0/16"),
    )


def recorded_account() -> Account:
    """Give the same account with no calls recorded."""
    account = Account(Aws())

    def record(model: Any, **_: Any) -> None:
        account.calls.append((model.service_model.service_name, model.name))

    account.aws.session.events.register("provide-client-params", record)
    return account


def with_redshift(settings: Settings, **changes: Any) -> Settings:
    """Change settings of Redshift alone."""
    return replace(settings, redshift=replace(settings.redshift, **changes))


@pytest.fixture
def redshift(account: Account) -> Iterator[Stubber]:
    """Stub the provisioned clusters: moto's lack transitions, and a stack's lack their name."""
    with Stubber(account.aws.redshift) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def cluster(status: str, **more: Any) -> dict[str, Any]:
    """Describe the cluster as AWS does."""
    described = {
        "ClusterIdentifier": "sparkify",
        "ClusterStatus": status,
        "NodeType": "ra3.large",
        "NumberOfNodes": 1,
        **more,
    }
    return {"Clusters": [described]}


def describe(stubber: Stubber, *statuses: str) -> None:
    """Answer one description after the other; an empty status stands for no cluster."""
    for status in statuses:
        if status:
            stubber.add_response("describe_clusters", cluster(status), BY_NAME)
        else:
            stubber.add_client_error(
                "describe_clusters", "ClusterNotFound", expected_params=BY_NAME
            )
