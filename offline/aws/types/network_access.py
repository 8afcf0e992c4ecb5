"""EC2's network: endpoints into AWS's services, and flow logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.model import Call, Find, ResourceType, Scope
from offline.aws.types.ec2_common import TAGGING, arn, tag_specification


def _endpoint_lists(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """ModifyVpcEndpoint takes what comes and what goes."""
    request: dict[str, Any] = {}
    for name, plural in (
        ("routeTableIds", "RouteTableIds"),
        ("subnetIds", "SubnetIds"),
        ("securityGroupIds", "SecurityGroupIds"),
    ):
        before, after = set(scope["before"].get(name) or []), set(scope.get(name) or [])
        if after - before:
            request[f"Add{plural}"] = sorted(after - before)
        if before - after:
            request[f"Remove{plural}"] = sorted(before - after)
    yield request


VPC_ENDPOINT = ResourceType(
    token="aws:ec2/vpcEndpoint:VpcEndpoint",
    service="ec2",
    create=(
        Call(
            operation="create_vpc_endpoint",
            params=tag_specification("vpc-endpoint"),
            names={"policy": "PolicyDocument"},
            skip=("autoAccept",),
        ),
    ),
    id="{answer.VpcEndpoint.VpcEndpointId}",
    find=(
        Find(operation="describe_vpc_endpoints", params={"VpcEndpointIds": ["$id"]}, path="VpcEndpoints[0]"),
        Find(
            operation="describe_managed_prefix_lists",
            params={"Filters": [{"Name": "prefix-list-name", "Values": ["$item.ServiceName"]}]},
            path="PrefixLists",
            pick=lambda found, scope: _prefix_list(found, scope),
        ),
    ),
    update=(
        Call(
            operation="modify_vpc_endpoint",
            params={"VpcEndpointId": "$id"},
            names={"policy": "PolicyDocument", "routeTableIds": "", "subnetIds": "", "securityGroupIds": ""},
            only=("policy", "routeTableIds", "subnetIds", "securityGroupIds", "privateDnsEnabled", "ipAddressType"),
            full=False,
            each=_endpoint_lists,
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_vpc_endpoints", params={"VpcEndpointIds": ["$id"]}, extended=True),),
    replace=(
        "serviceName",
        "vpcEndpointType",
        "vpcId",
        "serviceRegion",
        "resourceConfigurationArn",
        "serviceNetworkArn",
    ),
    unique=("vpcId", "serviceName", "vpcEndpointType"),
    default={"vpcEndpointType": "Gateway"},
    reads={"securityGroupIds": lambda scope: [group["GroupId"] for group in scope["item"].get("Groups") or []]},
    lost=("ipAddressType", "dnsOptions"),
    unordered=("routeTableIds", "subnetIds", "securityGroupIds"),
    documents=("policy",),
    outputs={
        "arn": arn("vpc-endpoint"),
        "prefixListId": "PrefixListId",
        "dnsEntries": lambda scope: _dns_entries(scope),
    },
    tagging=TAGGING,
)


def _dns_entries(scope: Scope) -> list[dict[str, Any]]:
    entries = scope["item"].get("DnsEntries") or []
    return [{"dnsName": entry.get("DnsName"), "hostedZoneId": entry.get("HostedZoneId")} for entry in entries]


def _prefix_list(found: Any, scope: Scope) -> Any:
    """A gateway endpoint's routes lead to its service's prefix list."""
    named = (item for item in found if item["PrefixListName"] == scope["item"]["ServiceName"])
    return next(({"PrefixListId": item["PrefixListId"]} for item in named), None)


_FLOW_SUBJECTS = {
    "vpcId": "VPC",
    "subnetId": "Subnet",
    "eniId": "NetworkInterface",
    "transitGatewayId": "TransitGateway",
    "transitGatewayAttachmentId": "TransitGatewayAttachment",
}

_FLOW_STARTS = {
    "vpcId": "vpc-",
    "subnetId": "subnet-",
    "eniId": "eni-",
    "transitGatewayId": "tgw-",
    "transitGatewayAttachmentId": "tgw-attach-",
}
"""AWS tells one id of whatever kind."""


def _subject(start: str) -> Callable[[Scope], Any]:
    def read(scope: Scope) -> Any:
        found = str(scope["item"].get("ResourceId", ""))
        longer = start == "tgw-" and found.startswith("tgw-attach-")
        return found if found.startswith(start) and not longer else paths.MISSING

    return read


def _flow_subject(scope: Scope) -> Iterator[Mapping[str, Any]]:
    for name, kind in _FLOW_SUBJECTS.items():
        if name in scope:
            yield {"ResourceIds": [scope[name]], "ResourceType": kind}


FLOW_LOG = ResourceType(
    token="aws:ec2/flowLog:FlowLog",
    service="ec2",
    create=(
        Call(
            operation="create_flow_logs",
            params=tag_specification("vpc-flow-log"),
            names={**dict.fromkeys(_FLOW_SUBJECTS, ""), "iamRoleArn": "DeliverLogsPermissionArn"},
            each=_flow_subject,
        ),
    ),
    id="{answer.FlowLogIds[0]}",
    find=(Find(operation="describe_flow_logs", params={"FlowLogIds": ["$id"]}, path="FlowLogs[0]"),),
    delete=(Call(operation="delete_flow_logs", params={"FlowLogIds": ["$id"]}),),
    replace=(
        *_FLOW_SUBJECTS,
        "deliverCrossAccountRole",
        "destinationOptions",
        "iamRoleArn",
        "logDestination",
        "logDestinationType",
        "logFormat",
        "maxAggregationInterval",
        "trafficType",
        "tagFieldSpecifications",
    ),
    one_of=(tuple(_FLOW_SUBJECTS),),
    default={"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600},
    reads={name: _subject(start) for name, start in _FLOW_STARTS.items()},
    lost=("deliverCrossAccountRole", "destinationOptions", "tagFieldSpecifications"),
    outputs={"arn": arn("vpc-flow-log")},
    tagging=TAGGING,
)

TYPES = (VPC_ENDPOINT, FLOW_LOG)
