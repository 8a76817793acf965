"""Who may reach the cluster: a security group for one CIDR, and the subnets it lives in."""

import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparkify_dagster.cluster.aws import Aws, ClusterError, error_code, explained
from sparkify_dagster.cluster.ownership import TAG, Deployment
from sparkify_dagster.cluster.watch import Watch
from sparkify_dagster.settings import RedshiftSettings

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef, SecurityGroupTypeDef

DEFAULT_PORT = 5439
# The widest block that anybody calls a network of their own, 10.0.0.0/8.
_SHORTEST_PREFIX = 8

Cidr = ipaddress.IPv4Network | ipaddress.IPv6Network


def allowed_cidr(redshift: RedshiftSettings) -> Cidr | None:
    """Return the network that may connect; None for nobody.

    Raises ClusterError for what is no network, and for the world.
    """
    text = redshift.allowed_cidr
    if not text:
        return None
    try:
        cidr = ipaddress.ip_network(text)
    except ValueError as error:
        raise ClusterError(
            f"SPARKIFY_REDSHIFT_ALLOWED_CIDR is {text!r}, which is no network ({error})",
            "give one such as 10.1.0.0/16, or a single address such as 198.51.100.7/32",
        ) from error
    if cidr.prefixlen < _SHORTEST_PREFIX:
        raise ClusterError(
            f"SPARKIFY_REDSHIFT_ALLOWED_CIDR is {text!r}, which opens the cluster to the world",
            f"name the network that is to connect, /{_SHORTEST_PREFIX} or narrower",
        )
    return cidr


def publicly_accessible(redshift: RedshiftSettings) -> bool:
    """Whether the cluster needs a public address: only where the CIDR lies in the internet."""
    cidr = allowed_cidr(redshift)
    return cidr is not None and cidr.is_global


def ensure_security_group(redshift: RedshiftSettings, aws: Aws, deployment: Deployment) -> str:
    """Return the id of the project's security group, made where missing.

    Without an allowed CIDR it lets nobody in. Raises ClusterError.
    """
    name = deployment.resource_name
    vpc = _vpc(redshift.subnet_ids, aws)
    with explained("ec2", f"make the security group {name}"):
        found = aws.ec2.describe_security_groups(
            Filters=[{"Name": "group-name", "Values": [name]}, {"Name": "vpc-id", "Values": [vpc]}]
        )["SecurityGroups"]
        if not found:
            group_id = _create_group(aws, deployment, vpc)
            found = aws.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    group = found[0]
    deployment.require(f"the security group {name}", _tags(group))
    _open(redshift, aws, group)
    return group["GroupId"]


def open_existing(redshift: RedshiftSettings, aws: Aws, deployment: Deployment) -> None:
    """Let the allowed CIDR into the project's security group, where it is not let in yet."""
    for group in security_groups(aws, deployment):
        _open(redshift, aws, group)


def security_groups(aws: Aws, deployment: Deployment) -> "list[SecurityGroupTypeDef]":
    """Return the security groups that carry the deployment's tag."""
    with explained("ec2", "look for the project's security group"):
        return aws.ec2.describe_security_groups(
            Filters=[{"Name": f"tag:{TAG}", "Values": [deployment.mark]}]
        )["SecurityGroups"]


def let_in(group: "SecurityGroupTypeDef", port: int) -> set[str]:
    """Return the networks and groups that may connect to the port, as a group stands."""
    admitted: set[str] = set()
    for rule in group.get("IpPermissions", []):
        if rule["IpProtocol"] == "-1" or rule.get("FromPort", 0) <= port <= rule.get("ToPort", 0):
            admitted |= {block["CidrIp"] for block in rule.get("IpRanges", [])}
            admitted |= {block["CidrIpv6"] for block in rule.get("Ipv6Ranges", [])}
            admitted |= {pair.get("GroupId", "") for pair in rule.get("UserIdGroupPairs", [])}
            admitted |= {entry["PrefixListId"] for entry in rule.get("PrefixListIds", [])}
    return admitted


def ensure_subnet_group(subnet_ids: Sequence[str], aws: Aws, deployment: Deployment) -> str:
    """Return the name of the project's subnet group, made where missing. Raises ClusterError."""
    name = deployment.resource_name
    tags = _subnet_group_tags(aws, name)
    if tags is not None:
        deployment.require(f"the subnet group {name}", tags)
        return name
    with explained("redshift", f"make the subnet group {name}"):
        aws.redshift.create_cluster_subnet_group(
            ClusterSubnetGroupName=name,
            Description=f"Sparkify's Redshift {deployment.mark}",
            SubnetIds=list(subnet_ids),
            Tags=[{"Key": TAG, "Value": deployment.mark}],
        )
    return name


def remove(aws: Aws, deployment: Deployment, watch: Watch) -> list[str]:
    """Delete the project's subnet group and security groups; return what was removed."""
    removed = []
    name = deployment.resource_name
    if deployment.owns(_subnet_group_tags(aws, name) or {}):
        with explained("redshift", f"remove the subnet group {name}"):
            aws.redshift.delete_cluster_subnet_group(ClusterSubnetGroupName=name)
        removed.append(f"subnet group {name}")
    for group in security_groups(aws, deployment):
        _delete_group(aws, group["GroupId"], watch)
        removed.append(f"security group {group['GroupId']}")
    return removed


def _vpc(subnet_ids: Sequence[str], aws: Aws) -> str:
    if subnet_ids:
        with explained("ec2", f"look at the subnets {', '.join(subnet_ids)}"):
            subnets = aws.ec2.describe_subnets(SubnetIds=list(subnet_ids))["Subnets"]
        vpcs = {subnet["VpcId"] for subnet in subnets}
        if len(vpcs) > 1:
            raise ClusterError(
                f"the subnets lie in several VPCs ({', '.join(sorted(vpcs))})",
                "name subnets of one VPC in SPARKIFY_REDSHIFT_SUBNET_IDS",
            )
    else:
        with explained("ec2", "look for the default VPC"):
            found = aws.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])
        vpcs = {vpc["VpcId"] for vpc in found["Vpcs"]}
        if not vpcs:
            raise ClusterError(
                f"there is no default VPC in {aws.region}",
                "name the subnets to use in SPARKIFY_REDSHIFT_SUBNET_IDS",
            )
    return vpcs.pop()


def _create_group(aws: Aws, deployment: Deployment, vpc: str) -> str:
    group_id = aws.ec2.create_security_group(
        GroupName=deployment.resource_name,
        Description=f"Who may connect to Redshift {deployment.mark}",
        VpcId=vpc,
        TagSpecifications=[
            {
                "ResourceType": "security-group",
                "Tags": [{"Key": TAG, "Value": deployment.mark}],
            }
        ],
    )["GroupId"]
    aws.ec2.get_waiter("security_group_exists").wait(GroupIds=[group_id])
    return group_id


def _open(redshift: RedshiftSettings, aws: Aws, group: "SecurityGroupTypeDef") -> None:
    cidr = allowed_cidr(redshift)
    port = redshift.port or DEFAULT_PORT
    if cidr is None or str(cidr) in let_in(group, port):
        return
    rule: IpPermissionTypeDef = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
    if cidr.version == 4:  # noqa: PLR2004
        rule["IpRanges"] = [{"CidrIp": str(cidr), "Description": TAG}]
    else:
        rule["Ipv6Ranges"] = [{"CidrIpv6": str(cidr), "Description": TAG}]
    with explained("ec2", f"let {cidr} into the security group {group['GroupId']}"):
        aws.ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])


def _delete_group(aws: Aws, group_id: str, watch: Watch) -> None:
    watch.until(
        f"security group {group_id}",
        lambda: _try_to_delete(aws, group_id),
        lambda status: status == "removed",
    )


def _try_to_delete(aws: Aws, group_id: str) -> str:
    """Delete a security group, unless interfaces of the deleted cluster still hold it."""
    from botocore.exceptions import ClientError

    with explained("ec2", f"remove the security group {group_id}"):
        try:
            aws.ec2.delete_security_group(GroupId=group_id)
        except ClientError as error:
            if error_code(error) != "DependencyViolation":
                raise
            return "still in use"
    return "removed"


def _subnet_group_tags(aws: Aws, name: str) -> dict[str, str] | None:
    with explained("redshift", f"look for the subnet group {name}"):
        try:
            found = aws.redshift.describe_cluster_subnet_groups(ClusterSubnetGroupName=name)
        except aws.redshift.exceptions.ClusterSubnetGroupNotFoundFault:
            return None
    tags = found["ClusterSubnetGroups"][0].get("Tags", [])
    return {tag["Key"]: tag["Value"] for tag in tags}


def _tags(group: "SecurityGroupTypeDef") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in group.get("Tags", [])}
