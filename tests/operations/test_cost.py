"""The arithmetic of what a stack costs while nobody uses it. O6."""

import json
import re
from typing import Any

import pytest

from operations.cost import estimate, prices
from operations.summary import cost

HOURS = 730
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
RATIO = [{"id": "a", "metric": {"name": "errors"}}, {"expression": "a / b"}, {"id": "b", "metric": {"name": "all"}}]


def resource(kind: str, logical: str = "main", **outputs: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::headroom::{kind}::{logical}", "type": kind, "outputs": outputs}


def monthly(*resources: dict[str, Any]) -> float:
    return round(estimate(resources).monthly, 2)


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


def test_a_standby_doubles_instance_and_storage():
    alone = resource("aws:rds/instance:Instance", instanceClass="db.t4g.small", allocatedStorage=50, multiAz=False)
    double = resource("aws:rds/instance:Instance", instanceClass="db.t4g.small", allocatedStorage=50, multiAz=True)
    assert monthly(alone) == pytest.approx(0.032 * HOURS + 50 * 0.115, abs=0.006)
    assert monthly(double) == pytest.approx(2 * monthly(alone), abs=0.011)


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
    large = resource("aws:rds/instance:Instance", "big", instanceClass="db.r8g.48xlarge", allocatedStorage=50)
    found = estimate([large, resource("aws:redshift/cluster:Cluster", "stars"), resource("aws:kms/key:Key")])
    assert found.unpriced == ["rds.Instance big", "redshift.Cluster stars"]
    assert found.monthly == 1.0
    assert "rds.Instance big, redshift.Cluster stars" in [line.plain for line in cost(found)][-1]


def test_what_is_paid_by_use_is_named_with_what_is_paid_for():
    found = estimate([resource("aws:s3/bucket:Bucket"), resource("aws:sqs/queue:Queue")])
    assert found.monthly == 0
    assert found.by_use["aws:s3/bucket:Bucket"] == "objects kept and requests"


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
