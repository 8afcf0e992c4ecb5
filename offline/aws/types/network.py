"""EC2's network: VPC, subnets, gateways, routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.connection import Connection
from offline.aws.model import Call, Find, ResourceType, Scope
from offline.aws.types.ec2_common import TAGGING, arn, tag_specification

DELETED = frozenset({"deleted", "deleting"})


def _attribute(name: str, member: str) -> Call:
    """EC2 changes one attribute a call."""
    return Call(
        operation="modify_vpc_attribute", params={"VpcId": "$id"}, names={name: f"{member}.Value"}, only=(name,)
    )


VPC_ATTRIBUTES = (
    _attribute("enableDnsSupport", "EnableDnsSupport"),
    _attribute("enableDnsHostnames", "EnableDnsHostnames"),
    _attribute("enableNetworkAddressUsageMetrics", "EnableNetworkAddressUsageMetrics"),
)


def _vpc_attribute(attribute: str) -> Find:
    return Find(
        operation="describe_vpc_attribute",
        params={"VpcId": "$id", "Attribute": attribute},
        pick=lambda answer, scope: {name: value for name, value in answer.items() if name != "VpcId"},
    )


def _filtered(name: str, *more: Mapping[str, Any]) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": ["$id"]}, *more]}


VPC = ResourceType(
    token="aws:ec2/vpc:Vpc",
    service="ec2",
    create=(
        Call(
            operation="create_vpc",
            params=tag_specification("vpc"),
            names={"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock", "ipv6IpamPoolId": "Ipv6IpamPoolId"},
            skip=("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"),
        ),
        *VPC_ATTRIBUTES,
    ),
    id="{answer.Vpc.VpcId}",
    find=(
        Find(operation="describe_vpcs", params={"VpcIds": ["$id"]}, path="Vpcs[0]"),
        _vpc_attribute("enableDnsSupport"),
        _vpc_attribute("enableDnsHostnames"),
        _vpc_attribute("enableNetworkAddressUsageMetrics"),
        Find(
            operation="describe_security_groups",
            params=_filtered("vpc-id", {"Name": "group-name", "Values": ["default"]}),
            path="SecurityGroups[0].GroupId",
            pick=lambda found, scope: {"DefaultSecurityGroupId": found},
        ),
        Find(
            operation="describe_route_tables",
            params=_filtered("vpc-id", {"Name": "association.main", "Values": ["true"]}),
            path="RouteTables[0].RouteTableId",
            pick=lambda found, scope: {"MainRouteTableId": found, "DefaultRouteTableId": found},
        ),
        Find(
            operation="describe_network_acls",
            params=_filtered("vpc-id", {"Name": "default", "Values": ["true"]}),
            path="NetworkAcls[0].NetworkAclId",
            pick=lambda found, scope: {"DefaultNetworkAclId": found},
        ),
    ),
    update=(*VPC_ATTRIBUTES, Call(operation="modify_vpc_tenancy", params={"VpcId": "$id"}, only=("instanceTenancy",))),
    delete=(Call(operation="delete_vpc", params={"VpcId": "$id"}),),
    replace=("cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"),
    replace_if=lambda old, new: ("instanceTenancy",) if new.get("instanceTenancy") == "dedicated" else (),
    conflicts=(("cidrBlock", "ipv4NetmaskLength"), ("assignGeneratedIpv6CidrBlock", "ipv6IpamPoolId")),
    default={"enableDnsSupport": True, "instanceTenancy": "default"},
    reads={
        "enableDnsSupport": "EnableDnsSupport.Value",
        "enableDnsHostnames": "EnableDnsHostnames.Value",
        "enableNetworkAddressUsageMetrics": "EnableNetworkAddressUsageMetrics.Value",
    },
    hidden=(
        "ipv4IpamPoolId",
        "ipv4NetmaskLength",
        "ipv6IpamPoolId",
        "ipv6NetmaskLength",
        "assignGeneratedIpv6CidrBlock",
    ),
    outputs={"arn": arn("vpc")},
    tagging=TAGGING,
)


def _subnet_attribute(name: str, path: str) -> Call:
    return Call(operation="modify_subnet_attribute", params={"SubnetId": "$id"}, names={name: path}, only=(name,))


SUBNET_ATTRIBUTES = (
    _subnet_attribute("mapPublicIpOnLaunch", "MapPublicIpOnLaunch.Value"),
    _subnet_attribute("assignIpv6AddressOnCreation", "AssignIpv6AddressOnCreation.Value"),
    _subnet_attribute("enableDns64", "EnableDns64.Value"),
    _subnet_attribute("privateDnsHostnameTypeOnLaunch", "PrivateDnsHostnameTypeOnLaunch"),
    _subnet_attribute("enableResourceNameDnsARecordOnLaunch", "EnableResourceNameDnsARecordOnLaunch.Value"),
)

SUBNET = ResourceType(
    token="aws:ec2/subnet:Subnet",
    service="ec2",
    create=(Call(operation="create_subnet", params=tag_specification("subnet")), *SUBNET_ATTRIBUTES),
    id="{answer.Subnet.SubnetId}",
    find=(Find(operation="describe_subnets", params={"SubnetIds": ["$id"]}, path="Subnets[0]"),),
    update=SUBNET_ATTRIBUTES,
    delete=(Call(operation="delete_subnet", params={"SubnetId": "$id"}),),
    replace=("availabilityZone", "availabilityZoneId", "cidrBlock", "ipv6Native", "outpostArn", "vpcId"),
    conflicts=(("availabilityZone", "availabilityZoneId"),),
    unique=("vpcId", "cidrBlock"),
    reads={
        "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
        "assignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation",
        "enableDns64": "EnableDns64",
    },
    lost=("enableDns64", "privateDnsHostnameTypeOnLaunch", "enableResourceNameDnsARecordOnLaunch"),
    outputs={"arn": arn("subnet")},
    tagging=TAGGING,
)


def _reattach(operation: str, which: str) -> Call:
    def attached(scope: Scope) -> Iterator[Mapping[str, Any]]:
        vpc = scope.get(which, {}).get("vpcId") if which else scope.get("vpcId")
        if vpc:
            yield {"VpcId": vpc}

    return Call(
        operation=operation, params={"InternetGatewayId": "$id"}, names={"vpcId": ""}, only=("vpcId",), each=attached
    )


INTERNET_GATEWAY = ResourceType(
    token="aws:ec2/internetGateway:InternetGateway",
    service="ec2",
    create=(
        Call(operation="create_internet_gateway", params=tag_specification("internet-gateway")),
        _reattach("attach_internet_gateway", ""),
    ),
    id="{answer.InternetGateway.InternetGatewayId}",
    find=(
        Find(
            operation="describe_internet_gateways", params={"InternetGatewayIds": ["$id"]}, path="InternetGateways[0]"
        ),
    ),
    update=(_reattach("detach_internet_gateway", "before"), _reattach("attach_internet_gateway", "")),
    delete=(
        _reattach("detach_internet_gateway", ""),
        Call(operation="delete_internet_gateway", params={"InternetGatewayId": "$id"}),
    ),
    reads={"vpcId": lambda scope: paths.get(scope["item"], "Attachments[0].VpcId")},
    outputs={"arn": arn("internet-gateway")},
    tagging=TAGGING,
)

EIP = ResourceType(
    token="aws:ec2/eip:Eip",
    service="ec2",
    create=(
        Call(
            operation="allocate_address",
            params=tag_specification("elastic-ip"),
            skip=("instance", "networkInterface", "associateWithPrivateIp"),
        ),
    ),
    id="{answer.AllocationId}",
    find=(Find(operation="describe_addresses", params={"AllocationIds": ["$id"]}, path="Addresses[0]"),),
    delete=(Call(operation="release_address", params={"AllocationId": "$id"}),),
    replace=("address", "domain", "networkBorderGroup", "publicIpv4Pool", "ipamPoolId", "customerOwnedIpv4Pool"),
    default={"domain": "vpc"},
    reads={"address": "PublicIp"},
    outputs={
        "arn": arn("elastic-ip"),
        "allocationId": "{id}",
        # filled in later, by whatever uses the address
        "privateIp": lambda scope: scope.get("privateIp"),
        "associationId": lambda scope: scope.get("associationId"),
        "publicDns": lambda scope: public_dns(scope["item"]["PublicIp"], scope["region"]),
    },
    tagging=TAGGING,
)


def public_dns(address: str, region: str) -> str:
    """The name that AWS gives to a public address."""
    zone = "compute-1" if region == "us-east-1" else f"{region}.compute"
    return f"ec2-{address.replace('.', '-')}.{zone}.amazonaws.com"


NAT_GATEWAY = ResourceType(
    token="aws:ec2/natGateway:NatGateway",
    service="ec2",
    create=(
        Call(
            operation="create_nat_gateway",
            params=tag_specification("natgateway"),
            names={"privateIp": "PrivateIpAddress"},
            only=("allocationId", "connectivityType", "privateIp", "subnetId"),
        ),
    ),
    id="{answer.NatGateway.NatGatewayId}",
    find=(
        Find(
            operation="describe_nat_gateways",
            params={"NatGatewayIds": ["$id"]},
            path="NatGateways[0]",
            gone=lambda found: found.get("State") in DELETED,
        ),
    ),
    delete=(Call(operation="delete_nat_gateway", params={"NatGatewayId": "$id"}, extended=True),),
    replace=("allocationId", "connectivityType", "privateIp", "subnetId"),
    unique=("allocationId",),
    default={"connectivityType": "public"},
    reads={"allocationId": "NatGatewayAddresses[0].AllocationId", "privateIp": "NatGatewayAddresses[0].PrivateIp"},
    outputs={
        "publicIp": "NatGatewayAddresses[0].PublicIp",
        "networkInterfaceId": "NatGatewayAddresses[0].NetworkInterfaceId",
        "associationId": "NatGatewayAddresses[0].AssociationId",
    },
    tagging=TAGGING,
)

TARGETS = (
    "carrierGatewayId",
    "coreNetworkArn",
    "egressOnlyGatewayId",
    "gatewayId",
    "localGatewayId",
    "natGatewayId",
    "networkInterfaceId",
    "transitGatewayId",
    "vpcEndpointId",
    "vpcPeeringConnectionId",
)
DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")

ROUTE_TABLE = ResourceType(
    token="aws:ec2/routeTable:RouteTable",
    service="ec2",
    create=(Call(operation="create_route_table", params=tag_specification("route-table"), only=("vpcId",)),),
    id="{answer.RouteTable.RouteTableId}",
    find=(Find(operation="describe_route_tables", params={"RouteTableIds": ["$id"]}, path="RouteTables[0]"),),
    delete=(Call(operation="delete_route_table", params={"RouteTableId": "$id"}),),
    replace=("vpcId",),
    outputs={"arn": arn("route-table")},
    tagging=TAGGING,
    note="routes are resources of their own (ec2.Route), not a property of the table",
)


def _find_route(routes: Any, scope: Scope) -> Any:
    """The route to this destination among a table's."""
    destinations = {scope[name] for name in DESTINATIONS if name in scope}
    members = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return next((route for route in routes if {route.get(name) for name in members} & destinations), None)


def _route_id(scope: Scope) -> str:
    """As the Terraform provider makes it: the table, and a hash of the destination."""
    import zlib

    destination = next(str(scope[name]) for name in DESTINATIONS if name in scope)
    return f"r-{scope['routeTableId']}{zlib.crc32(destination.encode())}"


ROUTE = ResourceType(
    token="aws:ec2/route:Route",
    service="ec2",
    create=(Call(operation="create_route"),),
    id=_route_id,
    find=(
        Find(
            operation="describe_route_tables",
            params={"RouteTableIds": ["$routeTableId"]},
            path="RouteTables[0].Routes",
            pick=_find_route,
        ),
    ),
    update=(Call(operation="replace_route"),),
    delete=(
        Call(
            operation="delete_route",
            params={
                "RouteTableId": "$routeTableId",
                "DestinationCidrBlock": "$destinationCidrBlock",
                "DestinationIpv6CidrBlock": "$destinationIpv6CidrBlock",
                "DestinationPrefixListId": "$destinationPrefixListId",
            },
        ),
    ),
    replace=(*DESTINATIONS, "routeTableId"),
    unique=("routeTableId", *DESTINATIONS),
    one_of=(TARGETS, DESTINATIONS),
    hidden=("routeTableId",),
)


def _association(associations: Any, scope: Scope) -> Any:
    return next((entry for entry in associations if entry.get("RouteTableAssociationId") == scope["id"]), None)


def _associated(aws: Connection, scope: Scope) -> str:
    """The id of a subnet's association with a route table."""
    filters = [
        {"Name": "association.subnet-id", "Values": [scope["subnetId"]]},
        {"Name": "route-table-id", "Values": [scope["routeTableId"]]},
    ]
    tables = aws.call("ec2", "describe_route_tables", {"Filters": filters}, str(scope["region"]))["RouteTables"]
    found = [entry for table in tables for entry in table["Associations"] if entry.get("SubnetId") == scope["subnetId"]]
    return str(found[0]["RouteTableAssociationId"]) if found else ""


ROUTE_TABLE_ASSOCIATION = ResourceType(
    token="aws:ec2/routeTableAssociation:RouteTableAssociation",
    service="ec2",
    create=(Call(operation="associate_route_table"),),
    id="{answer.AssociationId}",
    id_by_asking=_associated,
    find=(
        Find(
            operation="describe_route_tables",
            params={"Filters": [{"Name": "association.route-table-association-id", "Values": ["$id"]}]},
            path="RouteTables[0].Associations",
            pick=_association,
        ),
    ),
    update=(
        Call(
            operation="replace_route_table_association",
            params={"AssociationId": "$id"},
            only=("routeTableId",),
            extended=True,
        ),
    ),
    delete=(Call(operation="disassociate_route_table", params={"AssociationId": "$id"}),),
    replace=("gatewayId", "subnetId"),
    one_of=(("gatewayId", "subnetId"),),
    note="AWS gives it a new id with a new table; here it keeps the id, as Pulumi's state does",
)


TYPES = (
    VPC,
    SUBNET,
    INTERNET_GATEWAY,
    EIP,
    NAT_GATEWAY,
    ROUTE_TABLE,
    ROUTE,
    ROUTE_TABLE_ASSOCIATION,
)
