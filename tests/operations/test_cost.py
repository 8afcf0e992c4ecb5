"""The arithmetic of what a stack costs while nobody uses it. O6."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from operations.cost import BY_USE, FREE, estimate, prices
from operations.cost_rules import RULES
from operations.properties import UNKNOWN
from operations.summary import cost
from tests.operations.held import HOURS, database, monthly, resource

ROOT = Path(__file__).parents[2]
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
RATIO = [{"id": "a", "metric": {"name": "errors"}}, {"expression": "a / b"}, {"id": "b", "metric": {"name": "all"}}]


def test_every_price_has_a_source_and_the_list_a_date_and_a_region():
    listed = prices()
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", listed["date"])
    assert listed["region"] == "us-east-1"
    assert all(
        entry["price"] > 0 and entry["source"].startswith("aws.amazon.com/") for entry in listed["prices"].values()
    )


@pytest.mark.parametrize(
    ("found", "dollars"),
    [
        (resource("aws:ec2/natGateway:NatGateway"), 0.045 * HOURS),
        (resource("aws:ec2/eip:Eip"), 0.005 * HOURS),
        (resource("aws:kms/key:Key"), 1.0),
        (resource("aws:eks/cluster:Cluster"), 0.1 * HOURS),
        (resource("aws:eks/addon:Addon"), 0),
        (resource("aws:secretsmanager/secret:Secret"), 0.4),
        (resource(BALANCER, internal=False, subnets=["a", "b"]), (0.0225 + 2 * 0.005) * HOURS),
        (resource(BALANCER, internal=True, subnets=["a", "b"]), 0.0225 * HOURS),
        (resource(ENDPOINT, vpcEndpointType="Interface", subnetIds=["a", "b", "c"]), 0.03 * HOURS),
        (resource(ENDPOINT, vpcEndpointType="Gateway"), 0),
        (resource("aws:wafv2/webAcl:WebAcl", rules=[{}, {}, {}]), 8.0),
        (resource(ALARM), 0.1),
        (resource("aws:cloudwatch/compositeAlarm:CompositeAlarm"), 0.5),
            # An expression is free, the metrics in it are not.
        (resource(ALARM, metricQueries=RATIO), 0.2),
    ],
)  # fmt: skip
def test_a_resource_costs_its_price_times_what_it_has(found, dollars):
    assert monthly(found) == pytest.approx(dollars, abs=0.006)


def test_three_dashboards_are_free():
    board = "aws:cloudwatch/dashboard:Dashboard"
    assert monthly(*(resource(board, f"board-{number}") for number in range(3))) == 0
    assert monthly(*(resource(board, f"board-{number}") for number in range(5))) == 6.0
    large = {"widgets": [{"properties": {"metrics": [["AWS/ECS", "CPUUtilization"]] * 51 + [[{"expression": "a"}]]}}]}
    assert monthly(resource(board, "board-0", dashboardBody=json.dumps(large))) == 3.0


def test_a_part_without_a_price_is_named_beside_those_that_have_one():
    found = estimate([database(databaseInsightsMode="advanced")])
    assert "No price known, not in the sum: rds.Instance main (advanced Database Insights)" in [
        line.plain for line in cost(found)
    ]


@pytest.mark.parametrize(
    "unclear",
    [
        resource("aws:ec2/natGateway:NatGateway", availabilityMode="regional"),
        resource(ENDPOINT, vpcEndpointType="Interface"),
        resource(ENDPOINT, vpcEndpointType="GatewayLoadBalancer", subnetIds=["a"]),
        resource(BALANCER, internal=False),
        resource(BALANCER, loadBalancerType="gateway", subnets=["a"]),
        resource(BALANCER, internal=UNKNOWN, subnets=["a"]),
        resource(ALARM, period=10),
        resource(ALARM, thresholdMetricId="band"),
        resource("aws:acm/certificate:Certificate", certificateAuthorityArn="arn:aws:acm-pca:..."),
        resource("aws:acm/certificate:Certificate", options={"export": "ENABLED"}),
        resource("aws:ssm/parameter:Parameter", tier="Advanced"),
        resource(
            "aws:cloudfront/monitoringSubscription:MonitoringSubscription",
            monitoringSubscription={
                "realtimeMetricsSubscriptionConfig": {"realtimeMetricsSubscriptionStatus": "Enabled"}
            },
        ),
        database(multiAz=UNKNOWN),
        database(allocatedStorage=UNKNOWN),
        resource("aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"),
        resource("aws:cloudwatch/metricStream:MetricStream"),
    ],
)  # fmt: skip
def test_what_hangs_on_something_unclear_is_listed_and_not_counted(unclear):
    found = estimate([unclear])
    assert len(found.unpriced) == 1
    assert found.lines == []


@pytest.mark.parametrize(
    ("found", "dollars"),
    [
        (resource("aws:secretsmanager/secret:Secret", replicas=[{}, {}]), 1.2),
        (resource("aws:kms/replicaKey:ReplicaKey"), 1.0),
        (resource("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace"), 0.5),
        (resource("aws:acm/certificate:Certificate", options={"export": "DISABLED"}), 0),
        (resource("aws:ssm/parameter:Parameter", tier="Standard"), 0),
        (resource(BALANCER, internal=False, subnets=["a"], ipAddressType="dualstack-without-public-ipv4"), 16.43),
    ],
)  # fmt: skip
def test_what_is_like_it_but_dearer_or_cheaper_is_told_apart(found, dollars):
    priced = estimate([found])
    assert priced.monthly == pytest.approx(dollars, abs=0.006)
    assert priced.unpriced == []


def test_a_group_of_rules_that_has_a_price_of_its_own_is_named():
    bots = {"statement": {"managedRuleGroupStatement": {"name": "AWSManagedRulesBotControlRuleSet"}}}
    found = estimate([resource("aws:wafv2/webAcl:WebAcl", rules=[bots])])
    assert found.monthly == 6.0
    assert found.unpriced == ["wafv2.WebAcl main (AWSManagedRulesBotControl's own price)"]


def service(**definition: Any) -> list[dict[str, Any]]:
    return [
        resource("aws:ecs/service:Service", "api", name="api-1", taskDefinition="arn:td", desiredCount=4),
        resource("aws:ecs/taskDefinition:TaskDefinition", "api", arn="arn:td", cpu="512", memory="1024", **definition),
    ]


def test_a_service_costs_its_smallest_number_of_tasks():
    arm = service(runtimePlatform={"cpuArchitecture": "ARM64"})
    scaled = resource("aws:appautoscaling/target:Target", "api", resourceId="service/main/api-1", minCapacity=2)
    task = (0.5 * 0.03238 + 1 * 0.00356) * HOURS
    assert monthly(*arm) == pytest.approx(4 * task, abs=0.011)
    assert monthly(*arm, scaled) == pytest.approx(2 * task, abs=0.011)
    assert monthly(*service()) == pytest.approx(4 * (0.5 * 0.04048 + 1 * 0.004445) * HOURS, abs=0.011)


def test_a_service_on_spot_costs_at_most_its_price_on_demand():
    api, definition = service()
    api["outputs"]["capacityProviderStrategies"] = [{"capacityProvider": "FARGATE_SPOT", "weight": 3}]
    found = estimate([api, definition])
    assert found.monthly == pytest.approx(monthly(*service()), abs=0.011)
    assert all("at most" in line.how for line in found.lines)


def test_a_services_larger_disks_and_public_addresses_cost_more():
    api, definition = service(ephemeralStorage={"sizeInGib": 30})
    api["outputs"]["networkConfiguration"] = {"assignPublicIp": True}
    more = 4 * (10 * 0.000111 + 0.005) * HOURS
    assert monthly(api, definition) == pytest.approx(monthly(*service()) + more, abs=0.011)


def test_a_service_elsewhere_than_on_fargates_linux_has_no_price():
    api, definition = service()
    api["outputs"]["capacityProviderStrategies"] = [{"capacityProvider": "machines", "weight": 1}]
    assert estimate([api, definition]).unpriced == ["ecs.Service api"]
    assert estimate(service(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"})).unpriced
    assert estimate(service()[:1]).unpriced == ["ecs.Service api"]


def test_a_service_without_tasks_costs_nothing_and_is_not_unpriced():
    api, definition = service()
    api["outputs"]["desiredCount"] = 0
    found = estimate([api, definition])
    assert (found.monthly, found.unpriced) == (0, [])


def test_what_scales_a_service_may_not_be_known_yet():
    target = resource("aws:appautoscaling/target:Target", "api", resourceId=UNKNOWN, minCapacity=2)
    assert estimate([*service(), target]).unpriced == ["ecs.Service api"]


def test_a_service_that_sleeps_costs_the_hours_in_which_it_is_awake():
    action = "aws:appautoscaling/scheduledAction:ScheduledAction"
    night = {"schedule": "cron(0 20 * * ? *)", "scalableTargetAction": {"minCapacity": 0, "maxCapacity": 0}}
    day = {
        "schedule": "cron(0 7 ? * MON,TUE,WED,THU,FRI *)",
        "scalableTargetAction": {"minCapacity": 4, "maxCapacity": 8},
    }
    task = "service/main/api-1"
    actions = [resource(action, str(when["schedule"]), resourceId=task, **when) for when in (night, day)]
    assert monthly(*service(), *actions) == pytest.approx(monthly(*service()) * 65 / 168, abs=0.011)
    assert monthly(*service(), actions[0]) == monthly(*service())


def test_what_has_no_price_is_named_and_not_counted_as_nothing():
    large = database(logical="big", instanceClass="db.r8g.48xlarge")
    found = estimate([large, resource("aws:redshift/cluster:Cluster", "stars"), resource("aws:kms/key:Key")])
    assert found.unpriced == ["rds.Instance big", "redshift.Cluster stars"]
    assert found.monthly == 1.0
    assert "rds.Instance big, redshift.Cluster stars" in [line.plain for line in cost(found)][-1]


def test_what_is_paid_by_use_is_named_with_what_is_paid_for():
    found = estimate([resource("aws:s3/bucket:Bucket"), resource("aws:sqs/queue:Queue")])
    assert found.monthly == 0
    assert found.by_use["aws:s3/bucket:Bucket"] == "objects kept and requests"
    said = [line.plain for line in cost(found)]
    assert said[-3:] == [
        "Paid by use, not in the sum:",
        "  s3.Bucket: objects kept and requests",
        "  sqs.Queue: messages",
    ]


def test_what_has_a_fixed_price_may_be_paid_by_use_as_well():
    found = estimate([resource("aws:kms/key:Key"), resource("aws:ec2/natGateway:NatGateway")])
    assert found.monthly == pytest.approx(1 + 32.85)
    assert "rotations" in found.by_use["aws:kms/key:Key"]
    assert "traffic" in found.by_use["aws:ec2/natGateway:NatGateway"]


def test_what_is_paid_by_use_only_under_a_setting_is_named_only_then():
    insights = resource("aws:ecs/cluster:Cluster", settings=[{"name": "containerInsights", "value": "enhanced"}])
    assert estimate([insights]).by_use == {"aws:ecs/cluster:Cluster": "metrics of Container Insights"}
    plain = estimate([resource("aws:ecs/cluster:Cluster"), resource("aws:eks/addon:Addon", addonName="coredns")])
    assert (plain.by_use, plain.unpriced) == ({}, [])


def test_a_type_is_free_or_has_a_price():
    assert not FREE & (RULES.keys() | BY_USE.keys())
    assert all(re.fullmatch(r"aws:\w+/\w+:\w+", token) for token in FREE)


def test_the_prices_say_that_they_are_another_regions():
    keys = [resource("aws:kms/key:Key", region=region) for region in ("eu-central-1", "eu-west-1", "eu-central-1")]
    told = f"Prices of us-east-1, {prices()['date']}: those of eu-central-1, where the stack is, differ."
    assert any(line.plain.endswith(told) for line in cost(estimate(keys)))
    virginia = [line.plain for line in cost(estimate([resource("aws:kms/key:Key", region="us-east-1")]))]
    assert any(line.endswith(f"Prices of us-east-1, {prices()['date']}.") for line in virginia)


def test_what_is_free_is_left_out_and_what_is_being_deleted_too():
    gone = {**resource("aws:kms/key:Key"), "delete": True}
    found = estimate([resource("aws:iam/role:Role"), gone, resource("pulumi:pulumi:Stack")])
    assert (found.lines, found.by_use, found.unpriced) == ([], {}, [])


def test_equal_small_things_are_one_line():
    keys = [resource("aws:kms/key:Key", name) for name in ("data", "services", "operations")]
    lines = [line.plain.strip() for line in cost(estimate(keys))]
    assert lines[0] == "3.00  3 x kms key"
    assert lines[1] == "3.00  US dollars a month"


def test_nodes_are_paid_by_use_and_pods_are_not_counted_twice():
    found = estimate([resource("kubernetes:karpenter.sh/v1:NodePool"), resource("kubernetes:apps/v1:Deployment")])
    assert (found.lines, found.unpriced) == ([], [])
    assert "EC2 instances" in found.by_use["kubernetes:karpenter.sh/v1:NodePool"]


def test_every_type_that_the_components_make_is_priced_or_free_but_for_those_whose_price_nobody_found():
    program = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "components").rglob("*.py"))
    made = {
        f"aws:{module}/{name[0].lower()}{name[1:]}:{name}"
        for module, name in re.findall(r"\baws\.([a-z0-9]+)\.([A-Z]\w+)\(", program)
        if module != "iam" and not name.endswith("Args") and name != "EngineType"
    }
    assert len(made) > 100
    assert made - FREE - RULES.keys() - BY_USE.keys() == {
        "aws:cloudwatch/alarmMuteRule:AlarmMuteRule",
        "aws:rds/proxyEndpoint:ProxyEndpoint",
    }
