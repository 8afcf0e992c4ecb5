"""The arithmetic against examples that AWS publishes: pricing pages, documentation, and its solutions' cost tables. O6.

Each case names its source and quotes it. Only the fixed part of an example is compared: what it adds for requests or
traffic is taken off, as said beside it. Months are as long as the example's: some have 720 hours, some 730. The price
list is the example's own where it states prices, so that it is the multiplication that is tested; `OWN` says which
cases go with the prices of `prices.json`, which are then tested as well; the prices of db.t3.micro and of gp2 come from
the example of the database itself. No such example was found for Route 53, PrivateLink, dashboards and RDS Proxy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from operations import price_list
from operations.cost import estimate
from tests.operations.held import resource

GATEWAY = "github.com/aws-solutions-library-samples/guidance-for-multi-provider-generative-ai-gateway-on-aws, README"
CLUSTERS = (
    "github.com/aws-solutions-library-samples/guidance-for-automated-provisioning-of-application-ready-amazon-eks-"
    "clusters, README"
)
MYSQL = "github.com/aws-solutions-library-samples, Guidance for Optimizing Cost of RDS for MySQL, README"
FARGATE = "aws.amazon.com/fargate/pricing"

OWN: Mapping[str, float] = {}
"""The prices of `prices.json`."""


def several(kind: str, count: int, **outputs: Any) -> list[dict[str, Any]]:
    return [resource(kind, f"main-{number}", **outputs) for number in range(count)]


def tasks(count: int, cpu: int, memory: int, architecture: str = "X86_64", disk_gib: int = 20) -> list[dict[str, Any]]:
    return [
        resource("aws:ecs/service:Service", name="api", taskDefinition="arn:td", desiredCount=count),
        resource(
            "aws:ecs/taskDefinition:TaskDefinition",
            arn="arn:td",
            cpu=str(cpu),
            memory=str(memory),
            runtimePlatform={"cpuArchitecture": architecture},
            ephemeralStorage={"sizeInGib": disk_gib},
        ),
    ]


def network(gateways: int) -> list[dict[str, Any]]:
    return several("aws:ec2/natGateway:NatGateway", gateways)


@dataclass(frozen=True, kw_only=True)
class Example:
    """What AWS reckons."""

    source: str
    quote: str
    """As it stands there; in brackets what was taken off of the sum."""
    held: Sequence[Mapping[str, Any]]
    """The same things as our rules see them."""
    dollars: float
    """Of the fixed part."""
    hours: float = 730
    """That it runs for."""
    prices: Mapping[str, float] = field(default_factory=dict)
    """The example's own."""
    within: float = 0.006
    """Dollars; AWS rounds each of its terms."""


EXAMPLES = {
    "fargate-on-intel": Example(
        source=f"{FARGATE}, example 1",
        quote="5 ECS Tasks that run for 10 minutes every day for a month (30 days), 1 vCPU, 2GB memory, 30 GB: $1.26",
        held=tasks(5, 1024, 2048, disk_gib=30),
        hours=5,
        dollars=1.26,
        prices={
            "fargate_x86_64_vcpu_hour": 0.000011244 * 3600,
            "fargate_x86_64_gib_hour": 0.000001235 * 3600,
            "fargate_disk_gib_hour": 0.0000000308 * 3600,
        },
        within=0.011,
    ),
    "fargate-on-intel-with-our-prices": Example(
        source=f"{FARGATE}, example 1",
        quote="the same, at our prices an hour in place of AWS's a second",
        held=tasks(5, 1024, 2048, disk_gib=30),
        hours=5,
        dollars=1.26,
        prices=OWN,
        within=0.011,
    ),
    "fargate-on-graviton": Example(
        source=f"{FARGATE}, example 2",
        quote="Arm-based, 5 ECS Tasks for 10 minutes every day (30 days), 1 vCPU, 2GB memory, 30 GB: $1.02",
        held=tasks(5, 1024, 2048, "ARM64", disk_gib=30),
        hours=5,
        dollars=1.02,
        prices=OWN,
        within=0.011,
    ),
    "fargate-of-a-quarter-vcpu": Example(
        source=f"{FARGATE}, example 3",
        quote="10 Pods running for 1 hour every day (30 days), 0.25 vCPU and 1 GB memory: $3.04 + $1.33 = $4.37",
        held=tasks(10, 256, 1024),
        hours=30,
        dollars=4.37,
        prices=OWN,
        within=0.011,
    ),
    "database-and-its-storage": Example(
        source=MYSQL,
        quote="Amazon RDS MySQL, 1 Instance (db.t3.micro) used for 730 hours, storage (30 gp2 GB): $15.86",
        held=[
            resource(
                "aws:rds/instance:Instance",
                engine="mysql",
                instanceClass="db.t3.micro",
                storageType="gp2",
                allocatedStorage=30,
                multiAz=False,
            )
        ],
        dollars=15.86,
        prices=OWN,
    ),
    "cache-with-a-replica": Example(
        source=f"{GATEWAY}, sample cost tables",
        quote="Amazon ElastiCache Service (Redis OSS), 2 cache.t3.micro nodes, 100% utilization: 24.82",
        held=[
            resource(
                "aws:elasticache/replicationGroup:ReplicationGroup",
                engine="redis",
                nodeType="cache.t3.micro",
                numCacheClusters=2,
            )
        ],
        dollars=24.82,
        prices=OWN,
    ),
    "network-with-an-address": Example(
        source=f"{GATEWAY}, sample cost tables",
        quote="1 VPC, 4 subnets, 1 NAT Gateway, 1 public IPv4, 100 GB outbound data per month: 50.00 [100 GB through "
        "the gateway at $0.045, and out at $0.09: 13.50]",
        held=[*network(1), resource("aws:ec2/eip:Eip"), *several("aws:ec2/subnet:Subnet", 4)],
        dollars=50.00 - 100 * (0.045 + 0.09),
        prices=OWN,
    ),
    "three-nat-gateways": Example(
        source=f"{CLUSTERS}, sample cost table",
        quote="Amazon VPC, 3 NAT Gateways: $98.67 [the table names no traffic; it is the 12 cents that are left]",
        held=network(3),
        dollars=98.67,
        prices=OWN,
        within=0.13,
    ),
    "public-address": Example(
        source=f"{CLUSTERS}, sample cost table",
        quote="Amazon VPC, Public IP addresses: $3.65",
        held=[resource("aws:ec2/eip:Eip")],
        dollars=3.65,
        prices=OWN,
    ),
    "load-balancer": Example(
        source=f"{GATEWAY}, sample cost tables",
        quote="Amazon Elastic Load Balancer (ALB), 1 ALB, 1 TB/month: 24.62 [1,024 GB at $0.008 for each LCU's: 8.19]",
        held=[resource("aws:lb/loadBalancer:LoadBalancer", internal=True, subnets=["a", "b"])],
        dollars=24.62 - 1024 * 0.008,
        prices=OWN,
    ),
    "load-balancer-of-720-hours": Example(
        source="aws.amazon.com/elasticloadbalancing/pricing, an Application Load Balancer at another region's price",
        quote="$25.56 per month ($0.0355 * 24 hours * 30 days), $0.027 of it the hourly charge [$0.0085 of LCU]",
        held=[resource("aws:lb/loadBalancer:LoadBalancer", internal=True, subnets=["a", "b"])],
        hours=720,
        dollars=25.56 - 6.12,
        prices={"load_balancer_hour": 0.027},
    ),
    "cluster": Example(
        source=f"{CLUSTERS}, sample cost table, and {GATEWAY}",
        quote="Amazon EKS, 1 cluster: $73.00; 1 control plane: 73.00",
        held=[resource("aws:eks/cluster:Cluster")],
        dollars=73.00,
        prices=OWN,
    ),
    "key": Example(
        source=f"{GATEWAY}, sample cost tables",
        quote="AWS Key Management Service (KMS), 1 key, 1 million symmetric requests: 4.00 [$0.03 for 10,000: 3.00]",
        held=[resource("aws:kms/key:Key")],
        dollars=4.00 - 3.00,
        prices=OWN,
    ),
    "secrets": Example(
        source=f"{GATEWAY}, sample cost tables",
        quote="AWS Secrets Manager, 5 secrets, 30 days, 1 million API calls: 7.00 [$0.05 for 10,000: 5.00]",
        held=several("aws:secretsmanager/secret:Secret", 5),
        dollars=7.00 - 5.00,
        prices=OWN,
    ),
    "alarms": Example(
        source="aws.amazon.com/cloudwatch/pricing",
        quote="Four standard resolution alarms = $0.10 per alarm metric * 4 = $0.40 per month",
        held=several("aws:cloudwatch/metricAlarm:MetricAlarm", 4, period=60),
        dollars=0.40,
        prices=OWN,
    ),
    "firewall": Example(
        source="aws.github.io/aws-security-services-best-practices/guides/waf/waf-cost, core scenario",
        quote="Protection pack (Web ACL) 1: $5.00; Rules (5 custom rules + CRS + KBI) 7: $7.00; [10 million requests: "
        "$6.00]; total $18.00",
        held=[
            resource(
                "aws:wafv2/webAcl:WebAcl",
                rules=[
                    *({"name": f"own-{number}"} for number in range(5)),
                    *(
                        {"statement": {"managedRuleGroupStatement": {"name": f"AWSManagedRules{name}RuleSet"}}}
                        for name in ("Common", "KnownBadInputs")
                    ),
                ],
            )
        ],
        dollars=18.00 - 6.00,
        prices=OWN,
    ),
    "smaller-firewall": Example(
        source=f"{GATEWAY}, sample cost tables",
        quote="AWS WAF, 1 web ACL, 2 rules: 7.00",
        held=[resource("aws:wafv2/webAcl:WebAcl", rules=[{}, {}])],
        dollars=7.00,
        prices=OWN,
    ),
    "serverless-cache-of-a-gigabyte": Example(
        source="aws.amazon.com/blogs/database/unlock-on-demand-cost-optimized-performance-with-amazon-elasticache-"
        "serverless",
        quote="always meters for a minimum of 1 GB storage on every cache; $0.125 a GB-hour",
        held=[resource("aws:elasticache/serverlessCache:ServerlessCache", engine="redis")],
        hours=1,
        dollars=0.125,
        prices=OWN,
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_arithmetic_gives_what_aws_publishes(name, monkeypatch):
    example = EXAMPLES[name]
    listed = price_list.prices()
    given = {known: {"price": price} for known, price in example.prices.items()}
    changed = {**listed, "hours_a_month": example.hours, "prices": given or listed["prices"]}
    monkeypatch.setattr(price_list, "prices", lambda: changed)
    found = estimate(example.held)
    assert found.unpriced == []
    assert found.monthly == pytest.approx(example.dollars, abs=example.within)


def test_a_standby_is_billed_for_its_instance_and_for_its_storage(monkeypatch):
    """Compute is "billed per DB instance-hour for both the primary and standby instances", storage "for both the
    primary and standby": docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_OnDemandDBInstances.html. The prices are
    the Price List API's for db.r6g.2xlarge, 0.899 and 1.798 an hour, and for gp3, 0.115 and 0.230 a GB."""
    given: dict[str, Any] = {
        "engine": "postgres",
        "instanceClass": "db.r6g.2xlarge",
        "storageType": "gp3",
        "allocatedStorage": 150,
    }
    alone, double = (
        estimate([resource("aws:rds/instance:Instance", multiAz=standby, **given)]).monthly for standby in (False, True)
    )
    assert alone == pytest.approx(0.899 * 730 + 150 * 0.115)
    assert double == pytest.approx(1.798 * 730 + 150 * 0.230)


def test_every_example_names_where_it_stands_and_what_is_said_there():
    assert all("." in example.source and len(example.quote) > 20 for example in EXAMPLES.values())
