"""The network that a stack is given: who may connect, and subnets with a route to S3."""

import ipaddress
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparkify_dagster.cluster.aws import Aws, ClusterError, explained
from sparkify_dagster.settings import RedshiftSettings

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, RouteTableTypeDef, SubnetTypeDef

IPV4 = 4
_SETTING = "SPARKIFY_REDSHIFT_ALLOWED_CIDR"
# One large company's network; anything wider is nearer to the internet than to a network.
_SHORTEST_PREFIX = {4: 16, 6: 48}
# In AWS's considerations for Redshift Serverless: three zones with VPC routing, else two.
# Security Hub's control Redshift.16 expects two for a cluster.
_ZONES = {True: 3, False: 2}

Cidr = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Network:
    """Where the cluster goes; without a VPC, the stack creates one."""

    vpc: str = ""
    subnets: tuple[str, ...] = ()
    tables_without_s3: tuple[str, ...] = ()


def allowed_cidr(redshift: RedshiftSettings) -> Cidr | None:
    """Return the network that may connect, or None. Raises ClusterError if it is too wide."""
    text = redshift.allowed_cidr
    if not text:
        return None
    try:
        cidr = ipaddress.ip_network(text)
    except ValueError as error:
        raise ClusterError(
            f"{_SETTING} is {text!r}, which is not a network ({error})",
            "set it to one such as 10.1.0.0/16, or to an address such as 198.51.100.7/32",
        ) from error
    shortest = _SHORTEST_PREFIX[cidr.version]
    if cidr.prefixlen < shortest:
        raise ClusterError(
            f"{_SETTING} is {text!r}, which opens the cluster to {cidr.num_addresses:,} addresses",
            f"name the network that connects, /{shortest} or narrower",
        )
    return cidr


def publicly_accessible(redshift: RedshiftSettings) -> bool:
    """Say whether the cluster needs a public address: only for an IPv4 network of the internet.

    IPv6 networks within a VPC are global too, and Redshift's public address is an IPv4 address.
    """
    cidr = allowed_cidr(redshift)
    return cidr is not None and cidr.version == IPV4 and cidr.is_global


def find(redshift: RedshiftSettings, aws: Aws, own_tables: Collection[str] = ()) -> Network:
    """Find the subnets of the settings, or those of the default VPC, and check them.

    `own_tables` are the route tables whose S3 endpoint the stack itself created.
    Raises ClusterError if there are none, or if they are in several VPCs or too few zones.
    """
    if redshift.subnet_ids == ("new",):
        return Network()
    subnets = _subnets(redshift.subnet_ids, aws)
    _check_zones(redshift, {subnet["AvailabilityZone"] for subnet in subnets})
    vpc = subnets[0]["VpcId"]
    ids = tuple(sorted(subnet["SubnetId"] for subnet in subnets))
    if "vpc-routing" in redshift.controls_off:
        return Network(vpc, ids)
    lacking = {table["RouteTableId"] for table in route_tables(vpc, ids, aws)}
    lacking -= tables_with_s3(vpc, aws) - set(own_tables)
    return Network(vpc, ids, tuple(sorted(lacking)))


def route_tables(vpc: str, subnets: Sequence[str], aws: Aws) -> "list[RouteTableTypeDef]":
    """Return the route tables of the subnets: their own, else the VPC's main one."""
    with explained("ec2", f"read the route tables of {vpc}"):
        tables = aws.ec2.describe_route_tables(Filters=_filters(**{"vpc-id": vpc}))["RouteTables"]
    links = [(link, table) for table in tables for link in table.get("Associations", [])]
    own = {link["SubnetId"]: table for link, table in links if "SubnetId" in link}
    main = next((table for link, table in links if link.get("Main")), None)
    chosen = [own.get(subnet, main) for subnet in subnets]
    return list({table["RouteTableId"]: table for table in chosen if table}.values())


def tables_with_s3(vpc: str, aws: Aws) -> set[str]:
    """Return the route tables of a VPC that have an S3 gateway endpoint."""
    service = f"com.amazonaws.{aws.region}.s3"
    wanted = {"vpc-id": vpc, "service-name": service, "vpc-endpoint-type": "Gateway"}
    with explained("ec2", f"read the S3 endpoints of {vpc}"):
        found = aws.ec2.describe_vpc_endpoints(Filters=_filters(**wanted))["VpcEndpoints"]
    return {table for endpoint in found for table in endpoint.get("RouteTableIds", [])}


def leads_outside(table: "RouteTableTypeDef", *, public: bool) -> bool:
    """Say whether it reaches all regions: by a NAT, or by an internet gateway if public."""
    return any(
        route.get("DestinationCidrBlock") == "0.0.0.0/0"
        and (public or not route.get("GatewayId", "").startswith("igw-"))
        for route in table.get("Routes", [])
    )


def subnets_of_group(name: str, aws: Aws) -> tuple[str, ...]:
    """Return the subnets of a cluster's subnet group."""
    with explained("redshift", f"describe the subnet group {name}"):
        found = aws.redshift.describe_cluster_subnet_groups(ClusterSubnetGroupName=name)
    members = found["ClusterSubnetGroups"][0].get("Subnets", [])
    return tuple(subnet["SubnetIdentifier"] for subnet in members)


def vpc_of(subnets: Sequence[str], aws: Aws) -> str:
    """Return the VPC of some subnets."""
    return _subnets(subnets, aws)[0]["VpcId"]


def _subnets(ids: Sequence[str], aws: Aws) -> "list[SubnetTypeDef]":
    if not ids:
        with explained("ec2", "look for the default VPC"):
            filters = _filters(**{"default-for-az": "true"})
            subnets = aws.ec2.describe_subnets(Filters=filters)["Subnets"]
        if not subnets:
            raise ClusterError(
                f"there is no default VPC in {aws.region}",
                "name subnets in SPARKIFY_REDSHIFT_SUBNET_IDS, or set it to `new` for a VPC",
            )
        return subnets
    with explained("ec2", f"find the subnets {', '.join(ids)}"):
        subnets = aws.ec2.describe_subnets(SubnetIds=list(ids))["Subnets"]
    vpcs = sorted({subnet["VpcId"] for subnet in subnets})
    if len(vpcs) > 1:
        raise ClusterError(
            f"the subnets are in several VPCs ({', '.join(vpcs)})",
            "name subnets of one VPC in SPARKIFY_REDSHIFT_SUBNET_IDS",
        )
    return subnets


def _check_zones(redshift: RedshiftSettings, zones: set[str]) -> None:
    wanted = _ZONES[redshift.serverless and "vpc-routing" not in redshift.controls_off]
    if len(zones) < wanted and "zones" not in redshift.controls_off:
        raise ClusterError(
            f"the subnets are in {', '.join(sorted(zones))} only, and {wanted} zones are needed",
            "add subnets to SPARKIFY_REDSHIFT_SUBNET_IDS, "
            "or add `zones` to SPARKIFY_REDSHIFT_CONTROLS_OFF",
        )


def _filters(**wanted: str) -> "list[FilterTypeDef]":
    return [{"Name": name, "Values": [value]} for name, value in wanted.items()]
