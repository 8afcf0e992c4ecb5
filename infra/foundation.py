"""What everything stands on: the provider, keys, alarm topics, the network, and the bucket for access logs."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.alarms.alarms import Topics, TopicsArgs
from components.buckets.constraints import LOGS
from components.buckets.logs_bucket import LogsBucket, LogsBucketArgs
from components.eks.constraints import NODE_ENDPOINTS
from components.keys.kms import Key, KeyArgs, alarms_may_publish, logs_may_encrypt, rules_may_send_encrypted
from components.keys.names import STATE_PREFIX
from components.links import KeyLink, LogsBucketLink, NetworkLink, TopicsLink
from components.network.network import INTERFACE_ENDPOINTS, Network, NetworkArgs
from components.schedules.statements import FAILURES
from infra import naming, traces
from infra.ci import bounded, make_ci
from infra.environment import Environment
from infra.settings import Settings


def make_environment(settings: Settings, scope: Scope) -> Environment:
    """In this order: the provider of account and region, who signs in, keys, alarm topics, the network, and logs."""
    provided = pulumi.ResourceOptions(provider=make_provider(settings, scope))
    ci = make_ci(settings, scope, provided)
    opts = bounded(provided, ci)
    keys = make_keys(settings, scope, opts)
    return Environment(
        settings=settings,
        scope=scope,
        opts=opts,
        keys=keys,
        topics=make_topics(settings, scope, opts, keys["operations"]),
        network=make_network(settings, scope, opts, keys["operations"]),
        logs=make_logs_bucket(settings, scope, opts),
        ci=ci,
    )


def make_provider(settings: Settings, scope: Scope) -> aws.Provider:
    """AWS in this account and region only; its default tags say whose everything is. Rotations keep their state in tags
    of their own, which are no drift."""
    tags = {
        "Project": naming.PROJECT,
        "Environment": scope.namespace.removeprefix(f"{naming.PROJECT}/"),
        "Owner": settings.owner,
        "ManagedBy": "pulumi",
    }
    return aws.Provider(
        "aws",
        region=settings.region,
        allowed_account_ids=[settings.account],
        default_tags=aws.ProviderDefaultTagsArgs(tags=tags),
        ignore_tags=aws.ProviderIgnoreTagsArgs(key_prefixes=[STATE_PREFIX]),
    )


def make_keys(settings: Settings, scope: Scope, opts: pulumi.ResourceOptions) -> Mapping[str, KeyLink]:
    """One key for what databases and caches store, one for the services' secrets and logs, one for operating it all."""
    chosen = settings.encryption
    pods = [f"/aws/eks/{scope.prefix}/cluster", f"/aws/containerinsights/{scope.prefix}/*"]
    own_logs = logs_may_encrypt(scope, [f"/{scope.namespace}/*", *(pods if settings.compute == "eks" else ())])
    edge_logs = logs_may_encrypt(scope, [f"/{scope.namespace}/*", f"aws-waf-logs-{scope.prefix}-*"])
    database_logs = [f"/aws/rds/{kind}/{scope.prefix}-*" for kind in ("instance", "cluster", "proxy")]
    data_logs = logs_may_encrypt(scope, [*database_logs, f"/{scope.namespace}/cache/*"])
    watching = [edge_logs, alarms_may_publish(scope)]
    if settings.schedules and settings.compute == "ecs":
        watching.append(rules_may_send_encrypted(FAILURES.arn(scope)))
    uses = {
        "data": ("Databases, caches, their logs and their secrets", [data_logs]),
        "services": ("Secrets and logs of services", [own_logs]),
        "operations": ("Flow logs, the firewall's log and alarm topics", watching),
    }
    keys: dict[str, KeyLink] = {}
    for name, (description, services) in uses.items():
        args = KeyArgs(
            scope=scope,
            description=description,
            services=services,
            rotation_days=chosen.rotation_days,
            deletion_days=chosen.deletion_days,
            # As long as any database is protected, so is what its storage, its backups and its secret need.
            protect=name == "data"
            and any(database.protect and database.existing is None for database in settings.databases.values()),
        )
        keys[name] = Key(name, args, opts).link
    return keys


def make_topics(settings: Settings, scope: Scope, opts: pulumi.ResourceOptions, key: KeyLink) -> TopicsLink:
    """Where alarms go, and who hears of them."""
    return Topics("alarms", topics_args(settings, scope, key), opts).link


def topics_args(settings: Settings, scope: Scope, key: KeyLink, *, elsewhere: bool = False) -> TopicsArgs:
    """Who hears of alarms in a region."""
    chosen = settings.alarms
    return TopicsArgs(
        scope=scope,
        key=key,
        warn_emails=chosen.warn_emails,
        page_emails=chosen.page_emails,
        warn_https=chosen.warn_https,
        page_https=chosen.page_https,
        elsewhere=elsewhere,
    )


def make_network(settings: Settings, scope: Scope, opts: pulumi.ResourceOptions, key: KeyLink) -> NetworkLink:
    """The VPC that stood before, or one of our own; there tasks with a shell, with queues or with traces, and nodes of
    EKS, need endpoints more, where nothing else leads out."""
    chosen = settings.network
    if chosen.existing is not None:
        return NetworkLink(
            vpc_id=chosen.existing.vpc_id,
            public_subnet_ids=chosen.existing.public_subnets,
            private_subnet_ids=chosen.existing.private_subnets,
            isolated_subnet_ids=chosen.existing.isolated_subnets,
        )
    shells = ["ssmmessages"] if settings.cluster.execute_command else []
    queues = ["sqs"] if settings.queues else []
    nodes = NODE_ENDPOINTS if settings.compute == "eks" else ()
    args = NetworkArgs(
        scope=scope,
        cidr=chosen.cidr,
        zones=chosen.zones,
        nat=chosen.nat,
        flow_log_days=chosen.flow_log_days,
        key=key,
        endpoints=(*INTERFACE_ENDPOINTS, *shells, *queues, *nodes, *traces.endpoints(settings)),
    )
    return Network("network", args, opts).link


def make_logs_bucket(settings: Settings, scope: Scope, opts: pulumi.ResourceOptions) -> LogsBucketLink | None:
    """Where buckets and load balancer log their requests; none if there are none, or nobody wants to know."""
    public = any(service.public for service in settings.services.values())
    if not settings.logs.access_log_days or not (settings.buckets or public):
        return None
    # Logs are as hard to delete as the hardest of what writes them.
    balancer = public and settings.load_balancer.deletion_protection
    protect = balancer or any(bucket.protect for bucket in settings.buckets.values())
    args = LogsBucketArgs(
        scope=scope, keep_days=settings.logs.access_log_days, force_destroy=not protect, protect=protect
    )
    return LogsBucket(LOGS, args, opts).link
