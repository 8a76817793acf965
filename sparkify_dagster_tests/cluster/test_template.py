"""The template: its security controls, and what it creates for which settings."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sparkify_dagster import cluster
from sparkify_dagster.cluster import ClusterError, template
from sparkify_dagster.cluster.network import Network
from sparkify_dagster.settings import CONTROLS, Settings
from sparkify_dagster_tests.cluster.conftest import with_redshift
from sparkify_dagster_tests.cluster.evaluation import resources, source

Resources = dict[str, dict[str, Any]]

PLACE = Network("vpc-1", ("subnet-1", "subnet-2"), ("rtb-1",))
TAG = {"Key": "sparkify-dagster", "Value": "sparkify"}
LOGS = ["connectionlog", "userlog", "useractivitylog"]
ROOT = Path(__file__).parent.parent.parent
KEY = "arn:aws:kms:us-east-1:123456789012:key/own"


def created(settings: Settings, place: Network = PLACE, **redshift: Any) -> Resources:
    """Return what a stack of these settings consists of."""
    return resources(**template.parameters(with_redshift(settings, **redshift), place))


def parameter_of(made: Resources, name: str) -> str:
    if "ParameterGroup" in made:
        found = made["ParameterGroup"]["Parameters"]
        return str({p["ParameterName"]: p["ParameterValue"] for p in found}[name])
    found = made["Workgroup"]["ConfigParameters"]
    return str({p["ParameterKey"]: p["ParameterValue"] for p in found}[name])


def tags(properties: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


# Each of Security Hub's controls: what has to hold of the stack; the control of
# SPARKIFY_REDSHIFT_CONTROLS_OFF that turns it off, if there is one.
CLUSTER_CONTROLS: dict[str, tuple[Callable[[Resources], bool], str]] = {
    "Redshift.1": (lambda made: made["Cluster"]["PubliclyAccessible"] == "false", ""),
    "Redshift.2": (lambda made: parameter_of(made, "require_ssl") == "true", "ssl"),
    "Redshift.3": (
        lambda made: int(made["Cluster"]["AutomatedSnapshotRetentionPeriod"]) >= 7,
        "snapshots",
    ),
    "Redshift.4": (
        lambda made: (
            made["Cluster"].get("LoggingProperties")
            == {"LogDestinationType": "cloudwatch", "LogExports": LOGS}
            and parameter_of(made, "enable_user_activity_logging") == "true"
        ),
        "audit-logs",
    ),
    "Redshift.6": (lambda made: made["Cluster"]["AllowVersionUpgrade"] is True, ""),
    "Redshift.7": (lambda made: made["Cluster"]["EnhancedVpcRouting"] == "true", "vpc-routing"),
    "Redshift.8": (lambda made: made["Cluster"]["MasterUsername"] != "awsuser", ""),
    "Redshift.10": (lambda made: made["Cluster"]["Encrypted"] is True, ""),
    "Redshift.11": (lambda made: "sparkify-dagster" in tags(made["Cluster"]), ""),
    "Redshift.14": (lambda made: "sparkify-dagster" in tags(made["SubnetGroup"]), ""),
    "Redshift.15": (lambda made: "IngressIpv4" not in made and "IngressIpv6" not in made, ""),
    "Redshift.17": (lambda made: "sparkify-dagster" in tags(made["ParameterGroup"]), ""),
}
WORKGROUP_CONTROLS: dict[str, tuple[Callable[[Resources], bool], str]] = {
    "RedshiftServerless.1": (
        lambda made: made["Workgroup"]["EnhancedVpcRouting"] == "true",
        "vpc-routing",
    ),
    "RedshiftServerless.2": (lambda made: parameter_of(made, "require_ssl") == "true", "ssl"),
    "RedshiftServerless.3": (lambda made: made["Workgroup"]["PubliclyAccessible"] == "false", ""),
    "RedshiftServerless.5": (lambda made: made["Namespace"]["AdminUsername"] != "admin", ""),
    "RedshiftServerless.6": (lambda made: made["Namespace"]["LogExports"] == LOGS, "audit-logs"),
    "RedshiftServerless.7": (lambda made: made["Namespace"]["DbName"] != "dev", ""),
}
# Checked elsewhere: Redshift.16 (zones) with the network, RedshiftServerless.4 (own key) below.
KINDS = [
    *(pytest.param(*control, "", id=name) for name, control in CLUSTER_CONTROLS.items()),
    *(pytest.param(*control, "group", id=name) for name, control in WORKGROUP_CONTROLS.items()),
]


@pytest.mark.parametrize(("holds", "off", "workgroup"), KINDS)
def test_a_control_holds_unless_it_is_turned_off(
    settings: Settings,
    holds: Callable[[Resources], bool],
    off: str,
    workgroup: str,
) -> None:
    """Found by Security Hub's list, which did not hold before.

    Snapshots were kept for a day, there were no audit logs and no enhanced VPC routing, TLS was
    left to AWS's default, and groups had no tags.
    """
    plain: Any = {"workgroup": workgroup, "allowed_cidr": ""}
    assert holds(created(settings, **plain))
    every_other = tuple(name for name in CONTROLS if name != off)
    assert holds(created(settings, **plain, controls_off=every_other))
    if off:
        assert not holds(created(settings, **plain, controls_off=(off,)))


def test_the_document_lists_every_control_with_what_turns_it_off() -> None:
    page = (ROOT / "docs" / "redshift.md").read_text("utf-8")
    row = re.compile(r"^\| ((?:Redshift|RedshiftServerless)\.\d+) \|.*\| (.*) \|$", re.MULTILINE)
    rows = dict(row.findall(page))
    for control, (_, off) in {**CLUSTER_CONTROLS, **WORKGROUP_CONTROLS}.items():
        assert control in rows
        assert not off or f"`{off}`" in rows[control]
    assert set(rows) >= {"Redshift.16", "Redshift.18", "RedshiftServerless.4"}
    assert "`zones`" in rows["Redshift.16"]


def test_a_key_of_the_customers_encrypts_either_kind(settings: Settings) -> None:
    assert created(settings, kms_key_arn=KEY)["Cluster"]["KmsKeyId"] == KEY
    assert created(settings, workgroup="group", kms_key_arn=KEY)["Namespace"]["KmsKeyId"] == KEY
    assert "KmsKeyId" not in created(settings)["Cluster"]


def test_the_role_is_for_the_own_account_and_reads_the_prefixes_and_no_more(
    settings: Settings,
) -> None:
    """Found by review: before, the trust policy named no source account."""
    role = created(settings)["Role"]

    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}}
    [policy] = role["Policies"]
    granted = {
        s["Sid"]: (s["Action"], s["Resource"]) for s in policy["PolicyDocument"]["Statement"]
    }
    assert granted == {
        "LocateBuckets": (
            "s3:GetBucketLocation",
            ["arn:aws:s3:::music", "arn:aws:s3:::workshop"],
        ),
        "ReadObjects": (
            "s3:GetObject",
            ["arn:aws:s3:::music/sparkify/*", "arn:aws:s3:::workshop/control/*"],
        ),
        "ListSource": ("s3:ListBucket", "arn:aws:s3:::music"),
        "ListControl": ("s3:ListBucket", "arn:aws:s3:::workshop"),
    }
    assert policy["PolicyDocument"]["Statement"][2]["Condition"] == {
        "StringLike": {"s3:prefix": "sparkify/*"}
    }


def test_a_prefix_is_taken_literally_and_may_be_empty(settings: Settings) -> None:
    odd = replace(settings, source="s3://music/a*b?c$d", control="s3://workshop")
    [policy] = resources(**template.parameters(odd, PLACE))["Role"]["Policies"]
    assert policy["PolicyDocument"]["Statement"][1]["Resource"] == [
        "arn:aws:s3:::music/a${*}b${?}c${$}d/*",
        "arn:aws:s3:::workshop/*",
    ]


def test_a_given_role_is_attached_and_none_is_created(settings: Settings) -> None:
    given = "arn:aws:iam::123456789012:role/given"
    for kind, workgroup in (("Cluster", ""), ("Namespace", "group")):
        made = created(settings, iam_role_arn=given, workgroup=workgroup)
        assert made[kind]["IamRoles"] == [given]
        assert "Role" not in made


def test_without_a_role_the_source_has_to_be_in_s3(settings: Settings) -> None:
    with pytest.raises(ClusterError, match=r"SPARKIFY_SOURCE is 'data/source'.*s3://"):
        template.parameters(replace(settings, source="data/source"), PLACE)


def test_given_subnets_get_an_s3_endpoint_where_they_have_none(settings: Settings) -> None:
    made = created(settings)
    assert made["SubnetGroup"]["SubnetIds"] == ["subnet-1", "subnet-2"]
    assert made["S3Endpoint"]["RouteTableIds"] == ["rtb-1"]
    assert "Vpc" not in made
    assert "S3Endpoint" not in created(settings, replace(PLACE, tables_without_s3=()))
    assert "S3Endpoint" not in created(settings, controls_off=("vpc-routing",))


def test_a_created_network_has_three_zones_and_a_route_to_s3(settings: Settings) -> None:
    made = created(settings, Network(), workgroup="group")
    subnets = [made[f"Subnet{letter}"] for letter in "ABC"]
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 3
    assert len({subnet["CidrBlock"] for subnet in subnets}) == 3
    assert made["Workgroup"]["SubnetIds"] == ["{SubnetA}", "{SubnetB}", "{SubnetC}"]
    assert made["S3Endpoint"]["RouteTableIds"] == ["{RouteTable}"]
    assert "InternetGateway" not in made


def test_a_created_network_leads_to_the_internet_only_if_the_endpoint_is_public(
    settings: Settings,
) -> None:
    made = created(settings, Network(), allowed_cidr="198.51.100.7/32")
    assert "InternetRoute" not in made  # a documentation address is no public one
    made = created(settings, Network(), allowed_cidr="8.8.8.0/24")
    assert made["Cluster"]["PubliclyAccessible"] == "true"
    assert made["InternetRoute"]["GatewayId"] == "{InternetGateway}"
    assert tags(made["Cluster"])["sparkify-route"] == "{InternetRoute}"  # created before


def test_only_the_allowed_network_may_connect(settings: Settings) -> None:
    assert created(settings)["IngressIpv4"]["CidrIp"] == "10.1.0.0/16"
    made = created(settings, allowed_cidr="2001:db8::/48", port=5440)
    assert made["IngressIpv6"]["CidrIpv6"] == "2001:db8::/48"
    assert made["IngressIpv6"]["FromPort"] == made["Cluster"]["Port"] == "5440"
    assert "IngressIpv4" not in made


@pytest.mark.parametrize(
    ("parameter", "value", "accepted"),
    [
        ("AllowedCidr", "", True),
        ("AllowedCidr", "10.1.0.0/16", True),
        ("AllowedCidr", "8.0.0.0/8", False),
        ("AllowedCidr", "0.0.0.0/0", False),
        ("AllowedIpv6Cidr", "2001:db8::/48", True),
        ("AllowedIpv6Cidr", "2000::/8", False),
        ("AllowedIpv6Cidr", "::/0", False),
        ("AdminUser", "awsuser", False),
        ("AdminUser", "admin", False),
        ("AdminUser", "administrator", True),
        ("SourcePrefix", "sparkify/", True),
        ("SourcePrefix", "sparkify", False),
    ],
)
def test_the_template_itself_refuses_what_is_unsafe(
    parameter: str, value: str, accepted: bool
) -> None:
    pattern = source()["Parameters"][parameter]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, value)) == accepted


def test_all_that_can_have_tags_has_the_projects(settings: Settings) -> None:
    for made in (
        created(settings, Network(), allowed_cidr="8.8.8.0/24"),
        created(settings, Network(), workgroup="sparkify"),
    ):
        untagged = {
            name for name, properties in made.items() if TAG not in properties.get("Tags", [])
        }
        assert untagged <= {
            "IngressIpv4",
            "InternetGatewayAttachment",
            "InternetRoute",
            *(f"RoutesOfSubnet{letter}" for letter in "ABC"),
        }


def test_a_deletion_keeps_a_snapshot_with_a_name_of_the_stack(settings: Settings) -> None:
    resource = source()["Resources"]["Cluster"]
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Snapshot"
    namespace = created(settings, workgroup="group")["Namespace"]
    assert namespace["FinalSnapshotName"] == "group-final-0a1b2c3d"
    given = template.parameters(with_redshift(settings, workgroup="group"), PLACE)
    changed = resources(**given | {"FinalSnapshot": "false"})["Namespace"]
    assert "FinalSnapshotName" not in changed


def test_the_password_is_generated_unless_the_settings_give_it(settings: Settings) -> None:
    assert created(settings)["Cluster"]["ManageMasterPassword"] is True
    made = created(settings, auth="password", password="Planted123")
    assert made["Cluster"]["MasterUserPassword"] == "Planted123"
    assert "ManageMasterPassword" not in made["Cluster"]
    assert source()["Parameters"]["AdminPassword"]["NoEcho"] is True


@pytest.mark.parametrize(("nodes", "kind"), [(1, "single-node"), (3, "multi-node")])
def test_the_number_of_nodes_decides_the_kind_of_cluster(
    settings: Settings, nodes: int, kind: str
) -> None:
    made = created(settings, nodes=nodes)["Cluster"]
    assert made["ClusterType"] == kind
    assert made.get("NumberOfNodes") == (None if nodes == 1 else "3")


def test_the_settings_give_every_parameter_but_the_addresses_of_a_vpc(settings: Settings) -> None:
    given = set(template.parameters(settings, PLACE))
    assert set(source()["Parameters"]) - given == {"VpcCidr"}


def test_the_template_is_short_enough_to_be_sent_with_the_request() -> None:
    assert len(template.body().encode()) < 51_200


@pytest.mark.skipif(not shutil.which("cfn-lint"), reason="cfn-lint is in no lock: docs/redshift.md")
def test_cfn_lint_finds_nothing() -> None:
    path = Path(cluster.__file__).parent / "template.yaml"
    done = subprocess.run(["cfn-lint", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
