"""What the environment may say, and what is said of what it may not."""

import os
from pathlib import Path

import pytest

from sparkify_dagster.errors import SettingsError
from sparkify_dagster.settings import RedshiftSettings, Settings

REDSHIFT = {
    "SPARKIFY_WAREHOUSE": "redshift://",
    "SPARKIFY_SOURCE": "s3://bucket/prefix",
    "SPARKIFY_CONTROL": "s3://bucket/control",
}


def read(**values: str) -> Settings:
    return Settings.from_environment({f"SPARKIFY_{name}": v for name, v in values.items()})


def fault(values: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as told:
        Settings.from_environment(values)
    return str(told.value)


def test_without_settings_all_is_as_the_design_says() -> None:
    settings = read()
    assert settings == Settings(
        source="data/source",
        warehouse="duckdb:///data/sparkify.duckdb",
        first_month="2018-11",
        max_rejects=100,
        control="",
        redshift=RedshiftSettings(
            cluster="sparkify",
            workgroup="",
            database="sparkify",
            user="sparkify",
            auth="iam",
            node_type="ra3.large",
            nodes=1,
        ),
    )
    assert not settings.redshift.serverless


def test_every_setting_is_read() -> None:
    settings = Settings.from_environment(
        REDSHIFT
        | {
            "SPARKIFY_FIRST_MONTH": "2017-01",
            "SPARKIFY_MAX_REJECTS": "0",
            "SPARKIFY_REDSHIFT_CLUSTER": "c",
            "SPARKIFY_REDSHIFT_WORKGROUP": "w",
            "SPARKIFY_REDSHIFT_DATABASE": "d",
            "SPARKIFY_REDSHIFT_USER": "u",
            "SPARKIFY_REDSHIFT_AUTH": "secret",
            "SPARKIFY_REDSHIFT_SECRET_ARN": "arn:s",
            "SPARKIFY_REDSHIFT_HOST": "h",
            "SPARKIFY_REDSHIFT_PORT": "5440",
            "SPARKIFY_REDSHIFT_CA_FILE": "ca.pem",
            "SPARKIFY_REDSHIFT_NODE_TYPE": "ra3.xlplus",
            "SPARKIFY_REDSHIFT_NODES": "2",
            "SPARKIFY_REDSHIFT_IAM_ROLE_ARN": "arn:r",
            "SPARKIFY_REDSHIFT_ALLOWED_CIDR": "10.0.0.0/8",
            "SPARKIFY_REDSHIFT_SUBNET_IDS": "subnet-a, subnet-b",
        }
    )
    assert (settings.source, settings.control) == ("s3://bucket/prefix", "s3://bucket/control")
    assert (settings.first_month, settings.max_rejects) == ("2017-01", 0)
    assert settings.redshift == RedshiftSettings(
        *("c", "w", "d", "u", "secret", "arn:s", "", "h", 5440, "ca.pem", "ra3.xlplus", 2),
        *("arn:r", "10.0.0.0/8", ("subnet-a", "subnet-b")),
    )
    assert settings.redshift.serverless


def test_an_empty_setting_is_none_and_blanks_around_one_are_nothing() -> None:
    assert read(SOURCE="", FIRST_MONTH=" ", MAX_REJECTS=" 7 ") == read(MAX_REJECTS="7")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("FIRST_MONTH", text) for text in ("2018-13", "2018-1", "18-11", "soon", "2018-11-01")],
        *[("MAX_REJECTS", text) for text in ("-1", "1.5", "many", "1e3", "\u0663", "9" * 20)],
        *[("SOURCE", text) for text in ("ftp://x", "s3://", "s3:///x", "http://bucket/x")],
        *[("CONTROL", text) for text in ("folder", "s3://", "/tmp/x")],
        *[("WAREHOUSE", text) for text in ("duckdb:///", "sqlite:///x", "x", "duckdb://x")],
        *[("REDSHIFT_AUTH", "kerberos"), ("REDSHIFT_NODES", "0"), ("REDSHIFT_PORT", "x")],
    ],
)
def test_a_setting_that_can_mean_nothing_is_named_with_what_to_write(name: str, value: str) -> None:
    assert f"SPARKIFY_{name} " in fault({f"SPARKIFY_{name}": value})


def test_all_faults_are_told_at_once() -> None:
    told = fault(
        {"SPARKIFY_FIRST_MONTH": "x", "SPARKIFY_MAX_REJECTS": "x", "SPARKIFY_SOURCE": "x://"}
    )
    assert all(name in told for name in ("FIRST_MONTH", "MAX_REJECTS", "SOURCE"))


@pytest.mark.parametrize("control", ["s3://bucket/prefix", "s3://bucket/prefix/x/"])
def test_control_lies_beside_the_source(control: str) -> None:
    assert "lies inside SPARKIFY_SOURCE" in fault(REDSHIFT | {"SPARKIFY_CONTROL": control})


def test_a_name_that_only_begins_alike_is_beside() -> None:
    beside = "s3://bucket/prefix-control"
    settings = Settings.from_environment(REDSHIFT | {"SPARKIFY_CONTROL": beside})
    assert settings.control == beside


def test_redshift_needs_s3_and_a_control_prefix() -> None:
    told = fault({"SPARKIFY_WAREHOUSE": "redshift://"})
    assert "SPARKIFY_CONTROL is needed" in told
    assert "COPY reads only from S3" in told


@pytest.mark.parametrize(("auth", "needed"), [("secret", "SECRET_ARN"), ("password", "PASSWORD")])
def test_a_way_to_log_in_needs_its_own(auth: str, needed: str) -> None:
    told = fault(REDSHIFT | {"SPARKIFY_REDSHIFT_AUTH": auth})
    assert f"SPARKIFY_REDSHIFT_{needed} is needed" in told


def test_no_secret_is_in_a_message_or_in_what_settings_print() -> None:
    secret = "s3cr-et"
    url = f"postgresql://me:{secret}@host/db"
    assert secret not in repr(read(WAREHOUSE=url))
    assert secret not in repr(read(REDSHIFT_PASSWORD=secret))
    assert secret not in fault({"SPARKIFY_WAREHOUSE": url.replace("postgresql", "mysql")})


def test_the_process_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("SPARKIFY_", "AWS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SPARKIFY_SOURCE", "mine")
    # Given back after the test, since reading puts AWS's names into the environment.
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.delenv("AWS_PROFILE")
    text = "SPARKIFY_SOURCE=other\nSPARKIFY_MAX_REJECTS='7'\n# no\nAWS_PROFILE=theirs\nexport X\n"
    (tmp_path / ".env").write_text(text)
    settings = Settings.from_environment()
    assert (settings.source, settings.max_rejects) == ("mine", 7)
    assert os.environ["AWS_PROFILE"] == "theirs"
    assert "SPARKIFY_MAX_REJECTS" not in os.environ
