"""Elastic Load Balancing v2: load balancers and target groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging
from offline.aws.regions import LOAD_BALANCER_ZONES, OTHER_ZONE

TAGGING = Tagging(
    add=Call(operation="add_tags", params={"ResourceArns": ["$id"], "Tags": "$tags_added"}),
    remove=Call(operation="remove_tags", params={"ResourceArns": ["$id"], "TagKeys": "$tags_removed"}),
    find=Find(operation="describe_tags", params={"ResourceArns": ["$id"]}, path="TagDescriptions[0].Tags"),
)

LOAD_BALANCER_ATTRIBUTES = {
    "enableDeletionProtection": "deletion_protection.enabled",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "clientKeepAlive": "client_keep_alive.seconds",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "enableHttp2": "routing.http2.enabled",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "enableTlsVersionAndCipherSuiteHeaders": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "enableXffClientPort": "routing.http.xff_client_port.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
    "enableWafFailOpen": "waf.fail_open.enabled",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableZonalShift": "zonal_shift.config.enabled",
    "dnsRecordClientRoutingPolicy": "dns_record.client_routing_policy",
    "accessLogs.enabled": "access_logs.s3.enabled",
    "accessLogs.bucket": "access_logs.s3.bucket",
    "accessLogs.prefix": "access_logs.s3.prefix",
    "connectionLogs.enabled": "connection_logs.s3.enabled",
    "connectionLogs.bucket": "connection_logs.s3.bucket",
    "connectionLogs.prefix": "connection_logs.s3.prefix",
}

TARGET_GROUP_ATTRIBUTES = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "slowStart": "slow_start.duration_seconds",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "loadBalancingAnomalyMitigation": "load_balancing.algorithm.anomaly_mitigation",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
    "connectionTermination": "deregistration_delay.connection_termination.enabled",
    "preserveClientIp": "preserve_client_ip.enabled",
    "proxyProtocolV2": "proxy_protocol_v2.enabled",
    "lambdaMultiValueHeadersEnabled": "lambda.multi_value_headers.enabled",
    "stickiness.enabled": "stickiness.enabled",
    "stickiness.type": "stickiness.type",
    "stickiness.cookieName": "stickiness.app_cookie.cookie_name",
    "stickiness.cookieDuration": "",
}
"""`stickiness.cookieDuration` goes to the attribute of the cookie's kind."""


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def attributes_of(table: Mapping[str, str], scope: Scope) -> list[dict[str, str]]:
    """Every attribute that the properties set, as keys and values."""
    found = []
    for name, key in table.items():
        value = paths.get(scope, name)
        if name == "stickiness.cookieDuration":
            key = f"stickiness.{paths.get(scope, 'stickiness.type')}.duration_seconds"
        if value is not paths.MISSING and value is not None:
            found.append({"Key": key, "Value": _text(value)})
    return found


def modify(operation: str, parameter: str, table: Mapping[str, str]) -> Call:
    """The call that sets the attributes of a table."""

    def given(scope: Scope) -> Iterator[Mapping[str, Any]]:
        attributes = attributes_of(table, scope)
        if attributes:
            yield {"Attributes": attributes}

    names = tuple(dict.fromkeys(name.partition(".")[0] for name in table))
    return Call(operation=operation, params={parameter: "$id"}, names=dict.fromkeys(table, ""), only=names, each=given)


def read_attributes(table: Mapping[str, str]) -> dict[str, Callable[[Scope], Any]]:
    """Properties read back from attributes, in the kind that they were given in."""

    def reader(name: str) -> Callable[[Scope], Any]:
        nested = {inner: key for inner, key in table.items() if inner.partition(".")[0] == name}

        def read(scope: Scope) -> Any:
            if name not in scope:
                return paths.MISSING
            actual = {item["Key"]: item["Value"] for item in scope["item"].get("Attributes") or []}
            wanted = {item["Key"]: item["Value"] for item in attributes_of(nested, scope)}
            if all(actual.get(key, value) == value for key, value in wanted.items()):
                return scope[name]
            if name in table:
                return _in_kind(actual.get(table[name]), scope[name])
            found = {inner.partition(".")[2]: actual.get(key) for inner, key in nested.items() if key}
            return {inner: value for inner, value in found.items() if value not in (None, "")}

        return read

    return {name: reader(name) for name in dict.fromkeys(name.partition(".")[0] for name in table)}


def _in_kind(actual: Any, given: Any) -> Any:
    if isinstance(given, bool):
        return actual == "true"
    return int(actual) if isinstance(given, int) and str(actual).isdigit() else actual


def _suffix(word: str) -> Callable[[Scope], str]:
    """The end of an ARN that CloudWatch's dimensions want."""
    return lambda scope: str(scope["id"]).partition(f":{word}")[2]


_LOAD_BALANCER_SETTINGS = modify("modify_load_balancer_attributes", "LoadBalancerArn", LOAD_BALANCER_ATTRIBUTES)

LOAD_BALANCER = ResourceType(
    token="aws:lb/loadBalancer:LoadBalancer",
    service="elbv2",
    create=(
        Call(
            operation="create_load_balancer",
            names={"loadBalancerType": "Type", "internal": ""},
            each=lambda scope: iter([{"Scheme": "internal" if scope.get("internal") is True else "internet-facing"}]),
        ),
        _LOAD_BALANCER_SETTINGS,
    ),
    id="{answer.LoadBalancers[0].LoadBalancerArn}",
    find=(
        Find(operation="describe_load_balancers", params={"LoadBalancerArns": ["$id"]}, path="LoadBalancers[0]"),
        Find(
            operation="describe_load_balancer_attributes",
            params={"LoadBalancerArn": "$id"},
            path="Attributes",
            into="Attributes",
        ),
    ),
    update=(
        _LOAD_BALANCER_SETTINGS,
        Call(operation="set_subnets", params={"LoadBalancerArn": "$id"}, only=("subnets", "subnetMappings")),
        Call(operation="set_security_groups", params={"LoadBalancerArn": "$id"}, only=("securityGroups",)),
        Call(operation="set_ip_address_type", params={"LoadBalancerArn": "$id"}, only=("ipAddressType",)),
    ),
    delete=(Call(operation="delete_load_balancer", params={"LoadBalancerArn": "$id"}),),
    replace=("customerOwnedIpv4Pool", "internal", "loadBalancerType", "name", "namePrefix"),
    conflicts=(("name", "namePrefix"), ("subnets", "subnetMappings")),
    at_least_one_of=(("subnets", "subnetMappings"),),
    autoname=Autoname(longest=32),
    default={"loadBalancerType": "application"},
    reads={
        **read_attributes(LOAD_BALANCER_ATTRIBUTES),
        "internal": lambda scope: scope["item"].get("Scheme") == "internal",
        "subnets": lambda scope: [zone["SubnetId"] for zone in scope["item"].get("AvailabilityZones") or []],
        "loadBalancerType": "Type",
        "name": "LoadBalancerName",
    },
    lost=("subnetMappings",),
    unordered=("subnets", "securityGroups", "subnetMappings"),
    outputs={
        "arn": "LoadBalancerArn",
        "arnSuffix": _suffix("loadbalancer/"),
        "dnsName": "DNSName",
        "zoneId": lambda scope: LOAD_BALANCER_ZONES.get(scope["region"], OTHER_ZONE),
        "vpcId": "VpcId",
        "name": "LoadBalancerName",
    },
    tagging=TAGGING,
    note="deletion protection is kept and not enforced",
)

_HEALTH_NAMES = {
    "healthCheck.enabled": "HealthCheckEnabled",
    "healthCheck.healthyThreshold": "HealthyThresholdCount",
    "healthCheck.interval": "HealthCheckIntervalSeconds",
    "healthCheck.matcher": "Matcher.HttpCode",
    "healthCheck.path": "HealthCheckPath",
    "healthCheck.port": "HealthCheckPort",
    "healthCheck.protocol": "HealthCheckProtocol",
    "healthCheck.timeout": "HealthCheckTimeoutSeconds",
    "healthCheck.unhealthyThreshold": "UnhealthyThresholdCount",
}
_TARGET_GROUP_SETTINGS = modify("modify_target_group_attributes", "TargetGroupArn", TARGET_GROUP_ATTRIBUTES)

TARGET_GROUP = ResourceType(
    token="aws:lb/targetGroup:TargetGroup",
    service="elbv2",
    create=(
        Call(operation="create_target_group", names=_HEALTH_NAMES),
        _TARGET_GROUP_SETTINGS,
    ),
    id="{answer.TargetGroups[0].TargetGroupArn}",
    find=(
        Find(operation="describe_target_groups", params={"TargetGroupArns": ["$id"]}, path="TargetGroups[0]"),
        Find(
            operation="describe_target_group_attributes",
            params={"TargetGroupArn": "$id"},
            path="Attributes",
            into="Attributes",
        ),
    ),
    update=(
        Call(
            operation="modify_target_group",
            params={"TargetGroupArn": "$id"},
            names=_HEALTH_NAMES,
            only=("healthCheck",),
        ),
        _TARGET_GROUP_SETTINGS,
    ),
    delete=(Call(operation="delete_target_group", params={"TargetGroupArn": "$id"}),),
    replace=(
        "ipAddressType",
        "name",
        "namePrefix",
        "port",
        "protocol",
        "protocolVersion",
        "targetType",
        "vpcId",
        "targetControlPort",
    ),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(longest=32),
    default={"targetType": "instance"},
    lost=("targetControlPort",),
    reads={**read_attributes(TARGET_GROUP_ATTRIBUTES), "name": "TargetGroupName"},
    outputs={
        "arn": "TargetGroupArn",
        "arnSuffix": lambda scope: "targetgroup/" + str(scope["id"]).partition(":targetgroup/")[2],
        "loadBalancerArns": lambda scope: scope.get("loadBalancerArns"),  # filled in later, by a listener
        "name": "TargetGroupName",
    },
    tagging=TAGGING,
)

TYPES = (LOAD_BALANCER, TARGET_GROUP)
