"""The settings of a stack: the only declaration of what may stand in its file.

A key `headroom:<name>` of `Pulumi.<stack>.yaml` is the field `<name>` of `Settings`; `aws:region` is `region`.
"""

from collections.abc import Mapping

from pydantic import Field

from infra.settings.cdn import Cdn
from infra.settings.ci import Ci
from infra.settings.compute import Compute, Eks
from infra.settings.consumers import Consumer
from infra.settings.databases import Database
from infra.settings.edge import Domain, LoadBalancer, Waf
from infra.settings.foundation import Cluster, Encryption, Logs, Network, Secrets, Sleep
from infra.settings.keys import ApiKey
from infra.settings.patterns import ACCOUNT, OWNER, REGION, Name
from infra.settings.promotion import Promotion
from infra.settings.quotas import Quotas
from infra.settings.section import Section
from infra.settings.services import Service
from infra.settings.stores import Bucket, Cache
from infra.settings.tasks import Tasks
from infra.settings.telemetry import Telemetry
from infra.settings.watching import Alarms, Observability
from infra.settings.work import Queue, Registry, Schedule


class Settings(Section):
    """Everything that one environment chooses."""

    region: str = Field(
        alias="aws:region", pattern=REGION, description="The AWS region of everything in this environment."
    )
    account: str = Field(
        pattern=ACCOUNT,
        description="The 12 digits of this environment's AWS account, in quotes. Nothing is done in another account.",
    )
    owner: str = Field(pattern=OWNER, description="The team that answers for this environment.")
    network: Network = Field(description="The VPC and its subnets.")
    encryption: Encryption = Field(default=Encryption(), description="The keys that encrypt what this stack stores.")
    secrets: Secrets = Field(default=Secrets(), description="What holds for every secret in Secrets Manager.")
    logs: Logs = Field(default=Logs(), description="Logs of services, databases and caches.")
    databases: Mapping[Name, Database] = Field(default={}, description="Databases on RDS or Aurora, by name.")
    caches: Mapping[Name, Cache] = Field(default={}, description="Redis OSS or Valkey caches on ElastiCache, by name.")
    buckets: Mapping[Name, Bucket] = Field(default={}, description="Private buckets on S3, by name.")
    domain: Domain = Field(default=Domain(), description="The domain, its hosted zone, and certificates for it.")
    load_balancer: LoadBalancer = Field(
        default=LoadBalancer(), description="The load balancer before the public services."
    )
    waf: Waf = Field(default=Waf(), description="The firewall before what faces the internet.")
    cdn: Cdn | None = Field(default=None, description="CloudFront before the site and the services; absent: none.")
    registry: Registry | None = Field(
        default=None, description="The registry of images for all environments; absent: none."
    )
    queues: Mapping[Name, Queue] = Field(default={}, description="Queues on SQS, by name.")
    compute: Compute = Field(
        default="ecs", description="What runs the services and their schedules: ECS on Fargate, or EKS in Auto Mode."
    )
    eks: Eks = Field(default=Eks(), description="The EKS cluster that runs the services with compute: eks.")
    cluster: Cluster = Field(default=Cluster(), description="The ECS cluster: of the services, and of one-off tasks.")
    sleep: Sleep = Field(default=Sleep(), description="When services sleep: at night, and on days off.")
    services: Mapping[Name, Service] = Field(default={}, description="Containers that always run, by name.")
    schedules: Mapping[Name, Schedule] = Field(default={}, description="Commands that run at set times, by name.")
    tasks: Tasks = Field(default=Tasks(), description="Tasks that `up` runs itself, once.")
    consumers: Mapping[Name, Consumer] = Field(
        default={}, description="Roles of people and programs that are no service here, by name."
    )
    api_keys: Mapping[Name, ApiKey] = Field(
        default={}, description="Keys that consumers send with their requests, by the consumer's name."
    )
    ci: Ci = Field(default=Ci(), description="Which repository's jobs preview, deploy and promote, without any key.")
    promotion: Promotion = Field(
        default=Promotion(), description="How releases come into this environment from the one before it."
    )
    telemetry: Telemetry = Field(default=Telemetry(), description="Traces of the services, by OpenTelemetry.")
    observability: Observability = Field(
        default=Observability(), description="Dashboards and saved queries of all that stands."
    )
    quotas: Quotas = Field(default=Quotas(), description="What AWS granted the account beyond its defaults.")
    alarms: Alarms = Field(default=Alarms(), description="Who hears of what goes wrong.")
