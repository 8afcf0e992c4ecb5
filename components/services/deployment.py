"""What ECS is told of a service's deployments, and the role by which it moves requests.

The circuit breaker stands with every strategy. The API's page says `rolling update (ECS) deployment type only`, which
is the controller; the guide says rolling and blue/green, and the Terraform provider's tests see it roll a BLUE_GREEN
deployment of AWS's back.
Sources: docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-failure-detection.html,
github.com/hashicorp/terraform-provider-aws, internal/service/ecs/service_test.go (BlueGreenDeployment_circuitBreaker)
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Scope, Statement
from components.links import RouteLink
from components.services.deploys import Deploy

STRATEGIES = {"rolling": "ROLLING", "blue-green": "BLUE_GREEN", "canary": "CANARY", "linear": "LINEAR"}


@dataclass(frozen=True, kw_only=True)
class DeploymentArgs:
    """How new versions take over, and what brings the earlier one back."""

    deploy: Deploy = field(default_factory=Deploy)
    """The strategy and its numbers; rolling by default."""
    alarms: Sequence[str] = ()
    """Names of the alarms that roll back; none by default. ECS watches them by name, in the service's own region."""
    ready: Sequence[pulumi.Resource] = ()
    """Those alarms: they stand before the deployment that they watch begins."""


def configuration(deploy: Deploy) -> aws.ecs.ServiceDeploymentConfigurationArgs:
    """The strategy, always told: what is left out would keep its earlier value."""
    waits = {name: int(minutes) for name, minutes in deploy.waits.items() if name.endswith("_minutes")}
    told = aws.ecs.ServiceDeploymentConfigurationArgs(strategy=STRATEGIES[deploy.strategy])
    if "bake_minutes" in waits:
        told.bake_time_in_minutes = str(waits["bake_minutes"])
    if deploy.strategy == "canary":
        told.canary_configuration = aws.ecs.ServiceDeploymentConfigurationCanaryConfigurationArgs(
            canary_percent=deploy.waits["canary_percent"], canary_bake_time_in_minutes=str(waits["canary_minutes"])
        )
    if deploy.strategy == "linear":
        told.linear_configuration = aws.ecs.ServiceDeploymentConfigurationLinearConfigurationArgs(
            step_percent=deploy.waits["step_percent"], step_bake_time_in_minutes=str(waits["step_minutes"])
        )
    return told


def watching(args: DeploymentArgs) -> aws.ecs.ServiceAlarmsArgs:
    """The alarms; told where there are none as well, or switching them off would not reach ECS."""
    return aws.ecs.ServiceAlarmsArgs(
        alarm_names=list(args.alarms), enable=bool(args.alarms), rollback=bool(args.alarms)
    )


def infrastructure_trust() -> dict[str, object]:
    """ECS may take the role for what it does with a load balancer.

    AWS documents no condition on the source for it, and a role that ECS can't take fails every deployment. Nobody can
    make ECS use it for somebody else all the same: a role is passed inside its own account only.
    Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
    """
    trusted = {"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return access.document([trusted])


def shifting_statements(scope: Scope, service: str) -> list[Statement]:
    """What moving requests takes: AWS's policy AmazonECSInfrastructureRolePolicyForLoadBalancers, for the target groups
    and rules of one service only. They carry its tag, and their ARNs can't be known early.

    Sources: docs.aws.amazon.com/aws-managed-policy/latest/reference/
    AmazonECSInfrastructureRolePolicyForLoadBalancers.html,
    docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html (aws:ResourceTag;
    Describe actions take no resource)
    """
    elb, own = "elasticloadbalancing", {"StringEquals": {"aws:ResourceTag/Service": service}}
    looks = ("DescribeListeners", "DescribeRules", "DescribeTargetGroups", "DescribeTargetHealth")
    return [
        access.allow("Look", [f"{elb}:{action}" for action in looks], ["*"]),
        access.allow(
            "MoveTasks",
            [f"{elb}:RegisterTargets", f"{elb}:DeregisterTargets"],
            [scope.arn(elb, "targetgroup/*/*")],
            own,
        ),
        access.allow("MoveRequests", [f"{elb}:ModifyRule"], [scope.arn(elb, "listener-rule/app/*/*/*/*")], own),
    ]


class Shifting(pulumi.ComponentResource):
    """The role by which ECS moves a service's requests from one target group to the other."""

    role_arn: pulumi.Output[str]
    """ARN of the role."""
    ready: Sequence[pulumi.Resource]
    """What must stand before the service: ECS tries the role at once."""

    def __init__(self, name: str, scope: Scope, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:compute:Shifting", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            f"{name}-shifting",
            description=f"Service {name}: ECS moves its requests to a new version",
            assume_role_policy=json.dumps(infrastructure_trust()),
            tags={"Service": name},
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            f"{name}-shifting",
            role=role.name,
            policy=json.dumps(access.document(shifting_statements(scope, name))),
            opts=child,
        )
        self.role_arn, self.ready = role.arn, (policy,)
        self.register_outputs({"roleArn": role.arn})


def between(route: RouteLink, shifting: Shifting) -> aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgs | None:
    """The two target groups and the rules that lead to them; None where the route has one."""
    second = route.second
    if second is None:
        return None
    return aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgs(
        alternate_target_group_arn=second.target_group_arn,
        production_listener_rule=route.rule_arn,
        test_listener_rule=second.rule_arn,
        role_arn=shifting.role_arn,
    )
