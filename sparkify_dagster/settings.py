"""What the environment says, validated once.

Values come from the environment, then from `.env` in the working directory. A name that begins
with SPARKIFY_ and is not a setting is an error. AWS region and credentials are left to AWS's own
chain.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sparkify_dagster.environment import Environment, process_environment
from sparkify_dagster.webhook import is_webhook

RedshiftAuth = Literal["iam", "secret", "password"]
RedshiftLogs = Literal["copied", "read"]
Executor = Literal["in_process", "multiprocess"]

# By docs/deployment/dagster.yaml.
_READ_ELSEWHERE = ("COMPUTE_LOGS_BUCKET",)
# The security controls of the cluster that can be turned off: docs/redshift.md describes each.
CONTROLS = ("audit-logs", "snapshots", "ssl", "vpc-routing", "zones")

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_S3_PREFIX = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#]*)?")
_S3_KEY = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^?#]*[^?#/]")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_IDENTIFIER_RULE = "use a lower-case letter or _, then at most 62 lower-case letters, digits and _"
# The first of each is the default.
_EXECUTORS: tuple[Executor, ...] = ("in_process", "multiprocess")
_AUTHS: tuple[RedshiftAuth, ...] = ("iam", "secret", "password")
_LOGS: tuple[RedshiftLogs, ...] = ("copied", "read")
_WAREHOUSES = ("duckdb:///", "postgresql://", "postgresql+embedded://", "redshift://")


@dataclass(frozen=True)
class RedshiftSettings:
    """How the Redshift cluster or workgroup is created and reached."""

    cluster: str = "sparkify"
    workgroup: str = ""
    database: str = "sparkify"
    user: str = "sparkify"
    auth: RedshiftAuth = "iam"
    secret_arn: str = ""
    password: str = field(default="", repr=False)
    host: str = ""
    port: int | None = None
    ca_file: str = ""
    node_type: str = "ra3.large"
    nodes: int = 1
    iam_role_arn: str = ""
    allowed_cidr: str = ""
    subnet_ids: tuple[str, ...] = ()
    kms_key_arn: str = ""
    controls_off: tuple[str, ...] = ()
    logs: RedshiftLogs = "copied"

    @property
    def serverless(self) -> bool:
        """Whether a serverless workgroup takes the provisioned cluster's place."""
        return bool(self.workgroup)

    @property
    def name(self) -> str:
        """The name of the workgroup, else of the cluster."""
        return self.workgroup or self.cluster


@dataclass(frozen=True)
class Settings:
    """Everything that a deployment chooses."""

    source: str = "data/source"
    warehouse: str = field(default="duckdb:///data/sparkify.duckdb", repr=False)
    first_month: str = "2018-11"
    max_rejects: int = 100
    schema: str = ""  # "": public, or main on DuckDB
    reader: str = field(default="", repr=False)
    dashboard: str = ""  # "": dashboard.html in the instance's folder
    keep_days: int = 30
    executor: Executor = "in_process"
    max_processes: int = 2  # of one run, with the executor multiprocess
    control: str = ""
    alert_webhook: str = field(default="", repr=False)
    redshift: RedshiftSettings = RedshiftSettings()

    @property
    def schema_name(self) -> str:
        """The schema that holds all tables: the one that is set, or the engine's own."""
        return self.schema or ("main" if self.warehouse.startswith("duckdb:") else "public")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment (and `.env`), or the given mapping alone.

        Raises SettingsError, naming every setting that is wrong, not only the first.
        """
        values = process_environment() if environ is None else environ
        return _Reader(Environment(values, _READ_ELSEWHERE)).settings()


class _Reader:
    """Reads the settings, each by the rules of its own, and then what concerns several."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._text = environment.text
        self._fault = environment.fault

    def settings(self) -> Settings:
        read = self._environment
        settings = Settings(
            source=self._source(),
            warehouse=self._warehouse(),
            first_month=read.matching(
                "FIRST_MONTH", Settings.first_month, _MONTH, "it should look like 2018-11"
            ),
            max_rejects=read.integer("MAX_REJECTS", Settings.max_rejects, least=0),
            schema=read.matching("SCHEMA", "", _IDENTIFIER, _IDENTIFIER_RULE),
            reader=self._reader(),
            dashboard=self._dashboard(),
            keep_days=read.integer("KEEP_DAYS", Settings.keep_days, least=1),
            executor=read.choice("EXECUTOR", _EXECUTORS),
            max_processes=read.integer("MAX_PROCESSES", Settings.max_processes, least=1),
            control=self._control(),
            alert_webhook=self._webhook(),
            redshift=self._redshift(),
        )
        self._check_together(settings)
        self._environment.refuse_faults()
        return settings

    def _redshift(self) -> RedshiftSettings:
        default = RedshiftSettings()
        read = self._environment
        controls_off = read.names("REDSHIFT_CONTROLS_OFF")
        if unknown := sorted(set(controls_off) - set(CONTROLS)):
            self._fault(
                "REDSHIFT_CONTROLS_OFF",
                f"names {', '.join(unknown)}: choose from {', '.join(CONTROLS)}",
            )
        return RedshiftSettings(
            cluster=self._text("REDSHIFT_CLUSTER", default.cluster),
            workgroup=self._text("REDSHIFT_WORKGROUP"),
            database=self._text("REDSHIFT_DATABASE", default.database),
            user=self._text("REDSHIFT_USER", default.user),
            auth=read.choice("REDSHIFT_AUTH", _AUTHS),
            secret_arn=self._text("REDSHIFT_SECRET_ARN"),
            password=self._text("REDSHIFT_PASSWORD"),
            host=self._text("REDSHIFT_HOST"),
            port=read.integer("REDSHIFT_PORT", 0, least=0) or None,
            ca_file=self._text("REDSHIFT_CA_FILE"),
            node_type=self._text("REDSHIFT_NODE_TYPE", default.node_type),
            nodes=read.integer("REDSHIFT_NODES", default.nodes, least=1),
            iam_role_arn=self._text("REDSHIFT_IAM_ROLE_ARN"),
            allowed_cidr=self._text("REDSHIFT_ALLOWED_CIDR"),
            subnet_ids=read.names("REDSHIFT_SUBNET_IDS"),
            kms_key_arn=self._text("REDSHIFT_KMS_KEY_ARN"),
            controls_off=controls_off,
            logs=read.choice("REDSHIFT_LOGS", _LOGS),
        )

    def _check_together(self, settings: Settings) -> None:
        redshift = settings.redshift
        if redshift.auth == "secret" and not redshift.secret_arn:
            self._fault("REDSHIFT_SECRET_ARN", "is needed where SPARKIFY_REDSHIFT_AUTH is secret")
        if redshift.auth == "password" and not redshift.password:
            self._fault("REDSHIFT_PASSWORD", "is needed where SPARKIFY_REDSHIFT_AUTH is password")
        if settings.executor == "multiprocess" and settings.warehouse.startswith("duckdb:"):
            self._fault(
                "EXECUTOR",
                "is multiprocess, but one process at a time can open a DuckDB file: leave it out, "
                "or load into PostgreSQL or Redshift",
            )
        if settings.control and _inside(settings.control, settings.source):
            self._fault("CONTROL", "lies inside SPARKIFY_SOURCE: choose a prefix beside it")
        if not settings.warehouse.startswith("redshift://"):
            return
        if not settings.control:
            self._fault("CONTROL", "is needed for Redshift: s3://bucket/prefix for its manifests")
        if not settings.source.startswith("s3://"):
            self._fault("SOURCE", source_outside_s3(settings.source))

    def _source(self) -> str:
        source = self._text("SOURCE", Settings.source)
        if source.startswith("s3://"):
            return self._s3_prefix("SOURCE", source)
        if _URL.match(source):
            shown = source.split(":", 1)[0]  # the rest may hold a password
            self._fault("SOURCE", f"begins with {shown}:/: name a folder or s3://bucket/prefix")
        return source

    def _warehouse(self) -> str:
        url = self._text("WAREHOUSE", Settings.warehouse)
        known = url.startswith(_WAREHOUSES) and url not in ("duckdb:///", "postgresql+embedded://")
        if not known:
            # It may be a password, or hold one: nothing of it is shown.
            self._fault(
                "WAREHOUSE",
                "is not the URL of a warehouse: use duckdb:///PATH, postgresql://…, "
                "postgresql+embedded://PATH or redshift://",
            )
        return url

    def _reader(self) -> str:
        """Read the login to query with: a URL for PostgreSQL, a user's name for Redshift."""
        warehouse = self._text("WAREHOUSE", Settings.warehouse)
        if warehouse.startswith("redshift://"):
            return self._text("READER")
        reader = self._text("READER")
        if not reader:
            return ""
        if not warehouse.startswith("postgresql://"):
            self._fault(
                "READER",
                "is for PostgreSQL and Redshift: leave it out, as DuckDB and the embedded "
                "PostgreSQL are read without a login",
            )
        elif not reader.startswith("postgresql://"):
            self._fault("READER", "is not a URL: write it as postgresql://user:password@host/db")
        return reader

    def _dashboard(self) -> str:
        value = self._text("DASHBOARD")
        if value.startswith("s3://") and not _S3_KEY.fullmatch(value):
            self._fault("DASHBOARD", f"{_shown(value)}: it should look like s3://bucket/key")
        elif _URL.match(value) and not value.startswith("s3://"):
            shown = value.split(":", 1)[0]
            self._fault("DASHBOARD", f"begins with {shown}:/: name a file or s3://bucket/key")
        return value

    def _control(self) -> str:
        control = self._text("CONTROL")
        return self._s3_prefix("CONTROL", control) if control else ""

    def _webhook(self) -> str:
        webhook = self._text("ALERT_WEBHOOK")
        if webhook and not is_webhook(webhook):
            # Whoever knows a webhook's address can post to it: it is not shown.
            self._fault("ALERT_WEBHOOK", "is no address: it should look like https://host/path")
        return webhook

    def _s3_prefix(self, name: str, value: str) -> str:
        if not _S3_PREFIX.fullmatch(value):
            self._fault(name, f"{_shown(value)}: it should look like s3://bucket/prefix")
        return value.rstrip("/")


def source_outside_s3(source: str) -> str:
    """Say what is wrong with a source that Redshift cannot read, and what to do."""
    return (
        f"is {source!r}, but Redshift's COPY reads only from S3: "
        "copy the folder to a bucket and name it as s3://bucket/prefix"
    )


def _shown(value: str) -> str:
    """Quote a location in a message, unless it may hold a password."""
    return "holds an @" if "@" in value else f"is {value!r}"


def _inside(inner: str, outer: str) -> bool:
    return (inner.rstrip("/") + "/").startswith(outer.rstrip("/") + "/")
