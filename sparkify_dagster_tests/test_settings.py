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
    with pytest.raises(SettingsError) as result:
        Settings.from_environment(values)
    return str(result.value)


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
        *[
            ("SOURCE", text)
            for text in ("ftp://x", "s3://", "s3:///x", "http://bucket/x", "s3:/b/p", "S3://b/p")
        ],
        *[("SCHEMA", text) for text in ("Star", "1a", "a-b", "a;b", "a" * 64, 'a"b', "a.b")],
        *[("READER", text) for text in ("ada", "postgresql://ada@host/db")],
        *[("DASHBOARD", text) for text in ("s3://b", "s3://b/", "http://b/k", "s3:/b/k")],
        *[("ALERT_WEBHOOK", text) for text in ("x", "ftp://x/", "http://", "http://a:b:c/")],
        *[("EXECUTOR", "celery"), ("EXECUTOR", "multiprocess"), ("MAX_PROCESSES", "0")],
        *[("CONTROL", text) for text in ("folder", "s3://", "/tmp/x")],
        *[("WAREHOUSE", text) for text in ("duckdb:///", "sqlite:///x", "x", "duckdb://x")],
        *[("REDSHIFT_AUTH", "kerberos"), ("REDSHIFT_NODES", "0"), ("REDSHIFT_PORT", "x")],
    ],
)
def test_a_setting_that_can_mean_nothing_is_named_with_what_to_write(name: str, value: str) -> None:
    assert f"SPARKIFY_{name} " in fault({f"SPARKIFY_{name}": value})


def test_the_executor_is_read_and_duckdb_has_one_process() -> None:
    settings = Settings.from_environment(
        REDSHIFT | {"SPARKIFY_EXECUTOR": "multiprocess", "SPARKIFY_MAX_PROCESSES": "3"}
    )
    assert (settings.executor, settings.max_processes) == ("multiprocess", 3)
    refused = fault({"SPARKIFY_EXECUTOR": "multiprocess"})
    assert "one process at a time can open a DuckDB file" in refused


def test_the_schema_the_dashboard_and_the_reader_are_read() -> None:
    settings = read(SCHEMA="star_2", DASHBOARD="s3://bucket/a/page.html")
    assert (settings.schema, settings.dashboard) == ("star_2", "s3://bucket/a/page.html")
    url = "postgresql://ada@host/db"
    assert read(READER=url, WAREHOUSE="postgresql://owner@host/db").reader == url
    assert Settings.from_environment(REDSHIFT | {"SPARKIFY_READER": "ada"}).reader == "ada"
    assert "is not a URL" in fault(
        {"SPARKIFY_READER": "ada", "SPARKIFY_WAREHOUSE": "postgresql://owner@host/db"}
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SPARKIFY_SOURC", "SPARKIFY_SOURCE"),
        ("SPARKIFY_SOURCES", "SPARKIFY_SOURCE"),
        ("SPARKIFY_MAX_REJECT", "SPARKIFY_MAX_REJECTS"),
        ("SPARKIFY_WHAREHOUSE", "SPARKIFY_WAREHOUSE"),
        ("SPARKIFY_REDSHIFT_CLUSTR", "SPARKIFY_REDSHIFT_CLUSTER"),
        ("SPARKIFY_source", "SPARKIFY_SOURCE"),
        ("SPARKIFY_", "SPARKIFY_"),
    ],
)
def test_an_unknown_setting_is_an_error_that_names_the_nearest(name: str, meant: str) -> None:
    """Found by trying: SPARKIFY_SOURC was ignored, and another source was loaded."""
    result = fault({name: "secret"})
    assert result.startswith(f"{name} is not a setting: is {meant}")
    assert "secret" not in result


def test_settings_of_the_deployments_files_and_of_others_are_no_error() -> None:
    others = {"SPARKIFY_COMPUTE_LOGS_BUCKET": "x", "SPARK_HOME": "x", "DAGSTER_HOME": "x"}
    assert Settings.from_environment(others) == Settings()


def test_an_unknown_setting_in_the_file_is_an_error_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("SPARKIFY_SOURC=x\n")
    with pytest.raises(SettingsError, match="is SPARKIFY_SOURCE meant"):
        Settings.from_environment()


def test_all_faults_are_told_at_once() -> None:
    result = fault(
        {"SPARKIFY_FIRST_MONTH": "x", "SPARKIFY_MAX_REJECTS": "x", "SPARKIFY_SOURCE": "x://"}
    )
    assert all(name in result for name in ("FIRST_MONTH", "MAX_REJECTS", "SOURCE"))


@pytest.mark.parametrize("control", ["s3://bucket/prefix", "s3://bucket/prefix/x/"])
def test_control_lies_beside_the_source(control: str) -> None:
    assert "lies inside SPARKIFY_SOURCE" in fault(REDSHIFT | {"SPARKIFY_CONTROL": control})


def test_a_name_that_only_begins_alike_is_beside() -> None:
    beside = "s3://bucket/prefix-control"
    settings = Settings.from_environment(REDSHIFT | {"SPARKIFY_CONTROL": beside})
    assert settings.control == beside


def test_redshift_needs_s3_and_a_control_prefix() -> None:
    result = fault({"SPARKIFY_WAREHOUSE": "redshift://"})
    assert "SPARKIFY_CONTROL is needed" in result
    assert "COPY reads only from S3" in result


@pytest.mark.parametrize(("auth", "needed"), [("secret", "SECRET_ARN"), ("password", "PASSWORD")])
def test_a_way_to_log_in_needs_its_own(auth: str, needed: str) -> None:
    result = fault(REDSHIFT | {"SPARKIFY_REDSHIFT_AUTH": auth})
    assert f"SPARKIFY_REDSHIFT_{needed} is needed" in result


def test_no_secret_is_in_a_message_or_in_what_settings_print() -> None:
    secret = "s3cr-et"
    url = f"postgresql://me:{secret}@host/db"
    assert secret not in repr(read(WAREHOUSE=url))
    assert secret not in repr(read(REDSHIFT_PASSWORD=secret))
    for warehouse in (url.replace("postgresql", "mysql"), secret, f"{secret}://x", f"x:{secret}"):
        assert secret not in fault({"SPARKIFY_WAREHOUSE": warehouse})
    for name in ("SOURCE", "CONTROL", "DASHBOARD", "ALERT_WEBHOOK"):
        for value in (f"https://me:{secret}@host:x/", f"s3://me:{secret}@bucket/key?"):
            assert secret not in fault({f"SPARKIFY_{name}": value}), name
    reader = f"postgresql://ada:{secret}@host/db"
    assert secret not in repr(read(READER=reader, WAREHOUSE=url))
    assert secret not in fault({"SPARKIFY_READER": reader})


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
