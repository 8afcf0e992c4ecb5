"""Rules on what is written down of what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policies.graph import Graph, Resource
from policies.parts import is_set, is_true, whole
from policies.rule import GraphRule, ResourceRule, Rule
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, undetermined

LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_LOGGING = "aws:s3/bucketLogging:BucketLogging"
DELIVERY = "aws:cloudwatch/logDelivery:LogDelivery"
DELIVERY_SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
DELIVERY_DESTINATION = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"
VPC = "aws:ec2/vpc:Vpc"
DEFAULT_VPC = "aws:ec2/defaultVpc:DefaultVpc"
SUBNET = "aws:ec2/subnet:Subnet"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
ECS_CLUSTER = "aws:ecs/cluster:Cluster"
EKS_CLUSTER = "aws:eks/cluster:Cluster"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
WEB_ACL_LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
CLASSIC_WEB_ACLS = frozenset({"aws:waf/webAcl:WebAcl", "aws:wafregional/webAcl:WebAcl"})

KEEP_REQUESTS = "set headroom:logs.access_log_days to how long requests are kept"

EXPORTS: Mapping[str, tuple[str, ...]] = {
    "postgres": ("postgresql",),
    "aurora-postgresql": ("postgresql",),
    "mysql": ("error", "slowquery"),
    "mariadb": ("error", "slowquery"),
    "aurora-mysql": ("error", "slowquery"),
    "oracle": ("alert", "listener"),
    "sqlserver": ("error",),
    "db2": ("diag.log",),
}
"""Logs by beginning of the engine's name, without which nobody learns why it failed or was slow. The others that RDS.9
wants tell of every statement (general, audit, trace): a team turns them on when it has a reason.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html"""

CONTROL_PLANE = ("api", "audit", "authenticator")
"""What tells who did what to the cluster. The scheduler and the controllers tell of their own work only."""


def access_logs(subject: Resource, graph: Graph) -> Verdict:
    """Without a record of requests nobody can tell what an attacker took, nor what failed for whom.

    CloudFront and others also log through CloudWatch's log delivery, which older checks take for no logging. A bucket
    that keeps the logs of others logs nothing itself: each line would make one more.
    """
    if subject.type == BUCKET:
        return _bucket_logged(subject, graph)
    if _delivered(subject, graph):
        return PASS
    root = whole(subject.properties)
    what = "writes down no requests"
    if subject.type == DISTRIBUTION:
        return root.demand("loggingConfig.bucket", is_set, what, KEEP_REQUESTS)
    if subject.type == CLASSIC:
        bucket = root.demand("accessLogs.bucket", is_set, what, "set accessLogs to a bucket")
        off = root.demand("accessLogs.enabled", lambda value: value is not False, what, "remove enabled: false")
        return combine((bucket, off))
    kind = root.get("loadBalancerType")
    if kind is UNKNOWN:
        return undetermined("loadBalancerType")
    if kind in ("network", "gateway"):
        return PASS  # they see connections, which flow logs have
    return root.demand("accessLogs.enabled", is_true, what, KEEP_REQUESTS)


def _delivered(subject: Resource, graph: Graph) -> bool:
    """Whether a log delivery takes the requests of this resource somewhere."""
    sources = graph.referrers(subject, "resourceArn", DELIVERY_SOURCE)
    wanted = [source for source in sources if "ACCESS_LOGS" in str(lookup(source.properties, "logType"))]
    return any(_same_source(delivery, source) for delivery in graph.of_type(DELIVERY) for source in wanted)


def _same_source(delivery: Resource, source: Resource) -> bool:
    named = lookup(delivery.properties, "deliverySourceName")
    if isinstance(named, str):
        return bool(named == lookup(source.properties, "name"))
    return source.urn in delivery.depends_on.get("deliverySourceName", ())


def _bucket_logged(bucket: Resource, graph: Graph) -> Verdict:
    inline = [path for path in ("logging", "loggings") if lookup(bucket.properties, path) is not MISSING]
    if graph.referrers(bucket, "bucket", BUCKET_LOGGING) or _keeps_logs(bucket, graph):
        return PASS
    for path in inline:
        return whole(bucket.properties).demand(path, is_set, "writes down no requests", KEEP_REQUESTS)
    remedy = f"{KEEP_REQUESTS}, or add a BucketLogging for it"
    return fail("bucket", "is a bucket whose requests are not written down", remedy)


def _keeps_logs(bucket: Resource, graph: Graph) -> bool:
    """Whether the logs of others go into a bucket: named by them, by name or as part of an ARN."""
    for token, path in (
        (BUCKET_LOGGING, "targetBucket"),
        (LOAD_BALANCER, "accessLogs.bucket"),
        (CLASSIC, "accessLogs.bucket"),
        (DISTRIBUTION, "loggingConfig.bucket"),
        (FLOW_LOG, "logDestination"),
        (DELIVERY_DESTINATION, "deliveryDestinationConfiguration.destinationResourceArn"),
    ):
        if graph.referrers(bucket, path, token):
            return True
        name = lookup(bucket.properties, "bucket")
        if isinstance(name, str) and any(_names(one, path, name) for one in graph.of_type(token)):
            return True
    return False


def _names(resource: Resource, path: str, bucket: str) -> bool:
    value = lookup(resource.properties, path)
    return isinstance(value, str) and value.removeprefix("arn:aws:s3:::").split("/")[0].split(".")[0] == bucket


def flow_logs(vpc: Resource, graph: Graph) -> Verdict:
    """Who reached whom, and who was turned away, is known after an incident only if it was recorded before.

    A log of each subnet does as well as one of the VPC. Accepted connections alone do not: probing is what is refused.
    """
    logs = graph.referrers(vpc, "vpcId", FLOW_LOG)
    if logs:
        return _tells_refused(logs)
    subnets = graph.referrers(vpc, "vpcId", SUBNET)
    per_subnet = [graph.referrers(subnet, "subnetId", FLOW_LOG) for subnet in subnets]
    if subnets and all(per_subnet):
        return combine(_tells_refused(logs) for logs in per_subnet)
    where = "cidrBlock" if vpc.type == VPC else "tags"
    return fail(where, "is a VPC without flow logs", "set headroom:network.flow_log_days, or add a FlowLog of it")


def _tells_refused(logs: Iterable[Resource]) -> Verdict:
    kinds = [lookup(log.properties, "trafficType") for log in logs]
    # Transit gateways' alone have none.
    if any(kind in ("ALL", "REJECT") for kind in kinds if kind is not UNKNOWN):
        return PASS
    if UNKNOWN in kinds:
        return undetermined("cidrBlock", "has a flow log whose trafficType is not known yet")
    return fail("cidrBlock", "has a flow log of accepted connections only", "set its trafficType to ALL")


def rds_logs(database: Resource, graph: Graph) -> Verdict:
    """A database that was slow or down last night explains it in its logs and in the measures of its host, or never."""
    root = whole(database.properties)
    verdicts = []
    if database.type != CLUSTER_INSTANCE:
        verdicts.append(_exported(database, graph))
    clusters = graph.behind(database, "clusterIdentifier", CLUSTER) if database.type == CLUSTER_INSTANCE else []
    if database.type != CLUSTER and not any(_monitored(cluster) for cluster in clusters):
        remedy = "set headroom:databases.<name>.monitoring_seconds to 60"
        what = "has no enhanced monitoring, so what its host lacked is not known"
        verdicts.append(root.demand("monitoringInterval", is_set, what, remedy))
    return combine(verdicts)


def _monitored(cluster: Resource) -> bool:
    return is_set(lookup(cluster.properties, "monitoringInterval"))


def _exported(database: Resource, graph: Graph) -> Verdict:
    path = "enabledCloudwatchLogsExports"
    engine = _engine(database, graph)
    exported = lookup(database.properties, path)
    for where, value in (("engine", engine), (path, exported)):
        if value is UNKNOWN:
            return undetermined(where)
    found = exported if isinstance(exported, list) else []
    wanted = next((logs for name, logs in EXPORTS.items() if str(engine).startswith(name)), ())
    lacking = [log for log in wanted if log not in found]
    if lacking and UNKNOWN in found:
        return undetermined(f"{path}[{found.index(UNKNOWN)}]")
    if lacking or not (wanted or found):
        what = f"does not export {' and '.join(lacking) or 'its logs'} to CloudWatch"
        return fail(path, what, f"add {', '.join(lacking) or 'its logs'} to {path}")
    return PASS


def _engine(database: Resource, graph: Graph) -> object:
    """The engine of a database; of a replica, its source's."""
    own = lookup(database.properties, "engine")
    if own is not MISSING:
        return own
    sources = graph.behind(database, "replicateSourceDb", INSTANCE)
    return lookup(sources[0].properties, "engine") if sources else MISSING


def cluster_logs(cluster: Properties) -> Verdict:
    """A cluster without records tells neither who changed what in it, nor what its containers lacked before they died.

    On EKS these are the logs of the API server, of who came in, and of what was done; on ECS container insights.
    """
    root = whole(cluster)
    eks = any(lookup(cluster, path) is not MISSING for path in ("vpcConfig", "enabledClusterLogTypes", "accessConfig"))
    if not eks:
        return _insights(cluster)
    types = root.get("enabledClusterLogTypes")
    found = types if isinstance(types, list) else []
    lacking = [kind for kind in CONTROL_PLANE if kind not in found]
    if types is UNKNOWN or (lacking and UNKNOWN in found):
        return undetermined("enabledClusterLogTypes")
    if lacking:
        what = f"writes no log of {', '.join(lacking)}"
        return fail("enabledClusterLogTypes", what, f"add {', '.join(lacking)} to enabledClusterLogTypes")
    return PASS


def _insights(cluster: Properties) -> Verdict:
    remedy = "set headroom:cluster.insights to enabled or enhanced"
    settings = whole(cluster).parts("settings")
    for setting in settings:
        name = setting.get("name")
        if name is UNKNOWN:
            return undetermined(setting.at("name"))
        if name == "containerInsights":
            what = "turns container insights off"
            return setting.demand("value", lambda value: value in ("enabled", "enhanced"), what, remedy)
    return fail("settings", "has no container insights", remedy)


def log_retention(group: Properties) -> Verdict:
    """Logs without an end are paid for for ever, and keep what people have a right to see deleted.

    Whether they are encrypted with a key of one's own is `cmk-used`'s question.
    """
    root = whole(group)
    if root.get("logGroupClass") == "DELIVERY":
        return PASS  # two days, which cannot be changed
    what = "never deletes what is written"
    return root.demand("retentionInDays", is_set, what, "set headroom:logs.retention_days, or retentionInDays")


def waf_logging(acl: Resource, graph: Graph) -> Verdict:
    """Who was refused, and whether they should have been, is in the firewall's log alone: its counts name nobody."""
    if acl.type in CLASSIC_WEB_ACLS:
        what = "writes down no requests"
        return whole(acl.properties).demand(
            "loggingConfiguration.logDestination", is_set, what, "use wafv2, and log it"
        )
    if graph.referrers(acl, "resourceArn", WEB_ACL_LOGGING):
        return PASS
    return fail("name", "is a web ACL without a log", "add a WebAclLoggingConfiguration for it, as headroom:waf has")


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=access_logs,
        title="Requests to load balancers, distributions and buckets are written down",
        types=frozenset({LOAD_BALANCER, CLASSIC, DISTRIBUTION, BUCKET}),
        severity="medium",
        references=("AWS FSBP ELB.5", "AWS FSBP CloudFront.5", "AWS FSBP S3.9", "Checkov CKV_AWS_91"),
    ),
    GraphRule(
        check=flow_logs,
        title="Networks have flow logs",
        types=frozenset({VPC, DEFAULT_VPC}),
        severity="medium",
        references=("AWS FSBP EC2.6", "Checkov CKV2_AWS_11", "cdk-nag AwsSolutions-VPC7"),
    ),
    GraphRule(
        check=rds_logs,
        title="Databases export their logs, and their hosts are measured",
        types=frozenset({INSTANCE, CLUSTER, CLUSTER_INSTANCE}),
        severity="medium",
        references=(
            "AWS FSBP RDS.6",
            "AWS FSBP RDS.9",
            "AWS FSBP RDS.36",
            "Checkov CKV_AWS_118",
            "Checkov CKV_AWS_129",
        ),
    ),
    ResourceRule(
        check=cluster_logs,
        title="Clusters tell who did what in them, and what runs there",
        types=frozenset({ECS_CLUSTER, EKS_CLUSTER}),
        severity="medium",
        references=("AWS FSBP EKS.8", "AWS FSBP ECS.12", "Checkov CKV_AWS_37", "Checkov CKV_AWS_65"),
    ),
    ResourceRule(
        check=log_retention,
        title="Logs end",
        types=frozenset({"aws:cloudwatch/logGroup:LogGroup"}),
        severity="low",
        references=("Checkov CKV_AWS_66", "AWS FSBP CloudWatch.16"),
    ),
    GraphRule(
        check=waf_logging,
        title="Web ACLs have a log",
        types=frozenset({WEB_ACL}) | CLASSIC_WEB_ACLS,
        severity="medium",
        references=("AWS FSBP WAF.11", "Checkov CKV2_AWS_31"),
    ),
)
