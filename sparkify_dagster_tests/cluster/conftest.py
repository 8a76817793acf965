"""An AWS account of one's own for each test: moto's server on loopback."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import requests

from sparkify_dagster.cluster import Aws, Watch
from sparkify_dagster.settings import RedshiftSettings, Settings

REGION = "us-east-1"
_READING = ("Describe", "Get", "List", "Head")

# Nothing in the tests waits for AWS's own pace.
IMPATIENT = Watch(limit_seconds=20, poll_seconds=0)


@dataclass
class Account:
    """An account, and the calls that the code under test made to it."""

    aws: Aws
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def changes(self) -> list[str]:
        """The operations that could have changed something."""
        return [name for name, _ in self.calls if not name.startswith(_READING)]

    def parameters(self, operation: str) -> dict[str, Any]:
        """Return what the one call of an operation was given."""
        [parameters] = [given for name, given in self.calls if name == operation]
        return parameters


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, moto_url: str) -> None:
    """Begin with an empty account, and keep out whatever the machine knows of AWS."""
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
    """Give an empty account that keeps what was asked of it."""
    return recorded_account()


@pytest.fixture
def settings() -> Settings:
    """Say what a deployment on a provisioned cluster says."""
    return Settings(
        source="s3://music/sparkify",
        warehouse="redshift://",
        control="s3://workshop/control",
        redshift=RedshiftSettings(allowed_cidr="10.1.0.0/16"),
    )


def recorded_account() -> Account:
    """Look at the same account anew, with no calls yet."""
    account = Account(Aws())

    def record(model: Any, params: dict[str, Any], **_: Any) -> None:
        account.calls.append((model.name, dict(params)))

    account.aws.session.events.register("provide-client-params", record)
    return account


def with_redshift(settings: Settings, **changes: Any) -> Settings:
    """Change settings of Redshift alone."""
    return replace(settings, redshift=replace(settings.redshift, **changes))
