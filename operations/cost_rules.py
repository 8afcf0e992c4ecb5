"""How each type that has a price of its own is priced."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from components.services.sleep import awake_share
from operations import cost_databases as databases
from operations.price_list import NotKnownYetError, Parts, Rule, Said, fixed, monthly, said
from operations.properties import UNKNOWN
from operations.state import Resource, of_type, outputs

DEFINITION: Final = "aws:ecs/taskDefinition:TaskDefinition"
FREE_DASHBOARDS, FREE_METRICS = 3, 50
"""Dashboards that cost nothing, and the most metrics that one of them may draw: aws.amazon.com/cloudwatch/pricing."""
INCLUDED_GIB: Final = 20
"""Disk of a Fargate task that costs nothing: aws.amazon.com/fargate/pricing."""
PAID_GROUPS: Final = tuple(f"AWSManagedRules{name}" for name in ("BotControl", "ATP", "ACFP", "AntiDDoS"))
"""Starts of groups of AWS's that cost more than a rule: aws.amazon.com/waf/pricing."""


def _load_balancer(resource: Resource, held: Sequence[Resource]) -> Parts:
    found = said(resource)
    if found.get("loadBalancerType", "application") not in ("application", "network"):
        return
    zones = len(found.get("subnets") or found["subnetMappings"])
    yield from monthly("load_balancer_hour")
    if not found.get("internal", False) and "without-public-ipv4" not in found.get("ipAddressType", "ipv4"):
        yield from monthly("public_ipv4_hour", zones, "public IPv4 address")


def _endpoint(resource: Resource, held: Sequence[Resource]) -> Parts:
    found = said(resource)
    kind = found.get("vpcEndpointType", "Gateway")
    if kind == "Interface":
        yield from monthly("interface_endpoint_zone_hour", len(found["subnetIds"]), "endpoint in a zone")
    elif kind == "Gateway":
        yield 0.0, "gateway endpoint, free"


def _nat_gateway(resource: Resource, held: Sequence[Resource]) -> Parts:
    """A regional one is in as many zones as AWS chooses, each of which is paid."""
    if said(resource).get("availabilityMode", "zonal") == "zonal":
        yield from monthly("nat_gateway_hour")


def _service(resource: Resource, held: Sequence[Resource]) -> Parts:
    """The smallest number of tasks that autoscaling leaves, all of them on demand: at most this much. Where services
    sleep, only the hours in which they are awake."""
    found = said(resource)
    strategies = [str(strategy["capacityProvider"]) for strategy in found.get("capacityProviderStrategies", ())]
    on_fargate = {*strategies} <= {"FARGATE", "FARGATE_SPOT"} and (strategies or found.get("launchType") != "EC2")
    named = found["taskDefinition"]
    definition = next((said(one) for one in of_type(held, DEFINITION) if outputs(one).get("arn") == named), Said())
    platform = definition.get("runtimePlatform", {})
    if not on_fargate or platform.get("operatingSystemFamily", "LINUX") != "LINUX":
        return
    tasks = _tasks(found, held)
    words = ", at most: some run on Spot" if "FARGATE_SPOT" in strategies else ""
    name = f"fargate_{platform.get('cpuArchitecture', 'X86_64').lower()}"
    yield from monthly(f"{name}_vcpu_hour", tasks * float(definition["cpu"]) / 1024, f"vCPU{words}")
    yield from monthly(f"{name}_gib_hour", tasks * float(definition["memory"]) / 1024, f"GiB of memory{words}")
    disk = float(definition.get("ephemeralStorage", {}).get("sizeInGib", INCLUDED_GIB)) - INCLUDED_GIB
    if disk > 0:
        yield from monthly("fargate_disk_gib_hour", tasks * disk, "GiB of disk")
    if found.get("networkConfiguration", {}).get("assignPublicIp"):
        yield from monthly("public_ipv4_hour", tasks, "public IPv4 address")


def _tasks(found: Said, held: Sequence[Resource]) -> float:
    """How many tasks run on average while nobody needs more."""
    suffix = f"/{found['name']}"
    targets = list(of_type(held, "aws:appautoscaling/target:Target"))
    own = next((said(one) for one in targets if str(outputs(one).get("resourceId")).endswith(suffix)), None)
    if own is None and any(outputs(one).get("resourceId") == UNKNOWN for one in targets):
        raise NotKnownYetError(f"whether something scales {found['name']}")
    return float(found.get("desiredCount", 0) if own is None else own["minCapacity"]) * _awake(suffix, held)


def _awake(suffix: str, held: Sequence[Resource]) -> float:
    """Share of the week in which a service has tasks."""
    actions = [outputs(r) for r in of_type(held, "aws:appautoscaling/scheduledAction:ScheduledAction")]
    own = [action for action in actions if str(action.get("resourceId", "")).endswith(suffix)]
    evening, morning = (
        next((a["schedule"] for a in own if bool(a["scalableTargetAction"].get("maxCapacity")) is by_day), "")
        for by_day in (False, True)
    )
    return awake_share(evening, morning) if evening and morning else 1.0


def _alarm(resource: Resource, held: Sequence[Resource]) -> Parts:
    """An alarm is paid by the metrics that it looks at; every ten seconds, or with a band of expected values, more."""
    found = said(resource)
    queries = found.get("metricQueries", ())
    period = min([int(found.get("period", 60)), *(int((q.get("metric") or {}).get("period") or 60) for q in queries)])
    if period < 60 or found.get("thresholdMetricId"):
        return
    metrics = sum(1 for query in queries if query.get("metric"))
    yield from monthly("alarm_metric_month", metrics or 1, "metric of an alarm")


def _dashboard(resource: Resource, held: Sequence[Resource]) -> Parts:
    """AWS gives an account three small ones."""
    boards = sorted(of_type(held, str(resource["type"])), key=lambda one: str(one["urn"]))
    if _metrics_of(resource) is None:
        return
    small = [one["urn"] for one in boards if (_metrics_of(one) or 0) <= FREE_METRICS]
    if resource["urn"] in small[:FREE_DASHBOARDS]:
        yield 0.0, "one of three free dashboards"
    else:
        yield from monthly("dashboard_month")


def _metrics_of(dashboard: Resource) -> int | None:
    """How many metrics a dashboard draws; None where what it draws is not known yet."""
    body = outputs(dashboard).get("dashboardBody") or "{}"
    if body == UNKNOWN:
        return None
    widgets = json.loads(body).get("widgets", [])
    drawn = [line for widget in widgets for line in widget["properties"].get("metrics", ())]
    return sum(not (isinstance(line[0], dict) and "expression" in line[0]) for line in drawn)


def _web_acl(resource: Resource, held: Sequence[Resource]) -> Parts:
    """A group of rules is one rule, whatever is in it: aws.github.io/aws-security-services-best-practices."""
    rules = said(resource).get("rules", ())
    yield from monthly("web_acl_month")
    yield from monthly("web_acl_rule_month", len(rules), "rule")
    text = json.dumps(rules, default=str)
    yield from ((None, f"{group}'s own price") for group in PAID_GROUPS if group in text)


def _secret(resource: Resource, held: Sequence[Resource]) -> Parts:
    """Each replica is billed as a secret of its own."""
    yield from monthly("secret_month", 1 + len(said(resource).get("replicas", ())), "secret")


def _certificate(resource: Resource, held: Sequence[Resource]) -> Parts:
    """Public ones are free unless they may be taken out of AWS: aws.amazon.com/certificate-manager/pricing."""
    found = said(resource)
    if not found.get("certificateAuthorityArn") and found.get("options", {}).get("export") != "ENABLED":
        yield 0.0, "public certificate, free"


def _parameter(resource: Resource, held: Sequence[Resource]) -> Parts:
    """Standard ones are free: aws.amazon.com/systems-manager/pricing."""
    if said(resource).get("tier", "Standard") == "Standard":
        yield 0.0, "standard parameter, free"


def _extra_metrics(resource: Resource, held: Sequence[Resource]) -> Parts:
    config = said(resource)["monitoringSubscription"]["realtimeMetricsSubscriptionConfig"]
    if config["realtimeMetricsSubscriptionStatus"] == "Disabled":
        yield 0.0, "no additional metrics"


RULES: Mapping[str, Rule] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:cloudfront/monitoringSubscription:MonitoringSubscription": _extra_metrics,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": fixed("composite_alarm_month"),
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:ec2/eip:Eip": fixed("public_ipv4_hour"),
    "aws:ec2/natGateway:NatGateway": _nat_gateway,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:ecs/service:Service": _service,
    "aws:eks/cluster:Cluster": fixed("eks_cluster_hour"),
    "aws:elasticache/cluster:Cluster": databases.cache_cluster,
    "aws:elasticache/replicationGroup:ReplicationGroup": databases.cache_nodes,
    "aws:elasticache/serverlessCache:ServerlessCache": databases.serverless_cache,
    "aws:kms/externalKey:ExternalKey": fixed("kms_key_month"),
    "aws:kms/key:Key": fixed("kms_key_month"),
    "aws:kms/replicaExternalKey:ReplicaExternalKey": fixed("kms_key_month"),
    "aws:kms/replicaKey:ReplicaKey": fixed("kms_key_month"),
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    databases.CLUSTER: databases.cluster,
    databases.CLUSTER_INSTANCE: databases.cluster_instance,
    databases.INSTANCE: databases.instance,
    "aws:rds/proxy:Proxy": databases.proxy,
    "aws:route53/zone:Zone": fixed("hosted_zone_month"),
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": fixed("hosted_zone_month"),
    "aws:ssm/parameter:Parameter": _parameter,
    "aws:wafv2/webAcl:WebAcl": _web_acl,
}
"""Type -> its rule."""
