"""How requests reach one service behind the load balancer: a target group, and the listener rule that leads to it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.constraints import require
from components.edge.routing import (
    RESERVED_ADDRESS,
    attaching_priority,
    condition_problems,
    derived_priority,
    health_check_problems,
    leaving_problems,
    priority_problems,
)
from components.links import LoadBalancerLink, RouteLink, SecondGroupLink


@dataclass(frozen=True, kw_only=True)
class RouteArgs:
    """How requests reach one service, and when one of its tasks counts as healthy."""

    vpc_id: pulumi.Input[str]
    """VPC of the tasks."""
    load_balancer: LoadBalancerLink
    """Load balancer that gets the rules."""
    port: int
    """TCP port on which the tasks listen."""
    paths: Sequence[str]
    """Path patterns, `/api/*`; together with the hosts five at most, since they are one listener rule."""
    hosts: Sequence[str] = ()
    """Host names, `api.example.com`; without any the paths alone decide."""
    priority: int | None = None
    """Priority of that rule, the lowest that matches wins; by default derived from the name, the hosts and the paths
    alone, so that another service never changes it."""
    health_path: str = "/health"
    """Path that answers one of `health_codes` when the task can serve."""
    health_codes: str = "200"
    """HTTP status codes of a passed check: `200`, `200,204` or `200-299`."""
    health_interval_seconds: int = 15
    """Seconds between two health checks of a task."""
    health_timeout_seconds: int = 5
    """A health check without an answer after this many seconds has failed; must be below the interval."""
    healthy_count: int = 2
    """Passed checks in a row until a task gets traffic."""
    unhealthy_count: int = 3
    """Failed checks in a row until a task is replaced."""
    slow_start_seconds: int = 0
    """Seconds in which a new task's share of requests grows from nothing to all of it, 30 to 900; 0 gives it all at
    once."""
    drain_seconds: int = 60
    """Seconds that open requests of a leaving task may take; the task's stop timeout must be longer."""
    eks_cluster: str | None = None
    """Name of the EKS cluster whose pods are the targets, in place of ECS's tasks. Its controller takes away targets
    that it does not know, so it gets a target group of its own, and touches none without the cluster's tag."""
    turned_later: bool = False
    """Whether the rule waits for `Route.turn`, until something stands to answer; always so with `eks_cluster`."""
    paired: bool = False
    """Whether there is a second target group, for ECS to move requests between the two. ECS then decides to which one
    the rule leads, and nobody else changes that."""

    def __post_init__(self) -> None:
        require(
            [
                *health_check_problems(
                    interval_seconds=self.health_interval_seconds,
                    timeout_seconds=self.health_timeout_seconds,
                    healthy_count=self.healthy_count,
                    unhealthy_count=self.unhealthy_count,
                ),
                *condition_problems(self.paths, self.hosts),
                *leaving_problems(self.slow_start_seconds, self.drain_seconds),
                *([] if self.priority is None else priority_problems({"this service": self.priority})),
            ]
        )


class Route(pulumi.ComponentResource):
    """A target group and the listener rule that leads to it.

    Sessions do not stick to a task (T3), so any task may be replaced at any time.

    ECS takes a target group only while a rule leads to it, so there the rule comes first, unless it is `turned_later`.
    Pods come first, and `turn` makes the rule lead to them: it is the same rule as on ECS, so that until then requests
    go where they went. Meanwhile another rule leads to the target group, which no request matches.
    """

    link: RouteLink
    """What the service and its alarms need."""

    def __init__(self, name: str, args: RouteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:edge:Route", name, None, opts)
        self._name, self._args = name, args
        self._child, self._tags = pulumi.ResourceOptions(parent=self), {"Service": name}
        self._group = self._make_target_group(f"{name}-pods" if args.eks_cluster else name)
        later = args.turned_later or args.eks_cluster
        rule = self._attach("pods" if args.eks_cluster else "tasks", self._group) if later else self.turn()
        second, attached = self._make_second() if args.paired else (None, [])
        self.link = RouteLink(
            target_group_arn=self._group.arn,
            target_group_arn_suffix=self._group.arn_suffix,
            load_balancer=args.load_balancer,
            rule_arn=rule.arn,
            second=second,
            ready=[rule, *attached],
        )
        self.register_outputs({"targetGroupArn": self._group.arn})

    def _make_second(self) -> tuple[SecondGroupLink, list[pulumi.Resource]]:
        """The other target group. ECS wants either group behind the production rule or the test rule; the production
        rule may be a standing one that leads to the first alone, so the second gets a test rule.

        Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/migrate-code-deploy-to-ecs-blue-green.html
        """
        group = self._make_target_group(f"{self._name}-second")
        rule = self._attach("second", group)
        link = SecondGroupLink(target_group_arn=group.arn, target_group_arn_suffix=group.arn_suffix, rule_arn=rule.arn)
        return link, [rule]

    def _make_target_group(self, name: str) -> aws.lb.TargetGroup:
        args = self._args
        pods = {"eks:eks-cluster-name": args.eks_cluster} if args.eks_cluster else {}
        return aws.lb.TargetGroup(
            name,
            vpc_id=args.vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=args.port,
            deregistration_delay=args.drain_seconds,
            slow_start=args.slow_start_seconds,
            stickiness=aws.lb.TargetGroupStickinessArgs(type="lb_cookie", enabled=False),
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                enabled=True,
                protocol="HTTP",
                path=args.health_path,
                matcher=args.health_codes,
                interval=args.health_interval_seconds,
                timeout=args.health_timeout_seconds,
                healthy_threshold=args.healthy_count,
                unhealthy_threshold=args.unhealthy_count,
            ),
            tags={**self._tags, **pods},
            opts=self._child,
        )

    def _attach(self, suffix: str, group: aws.lb.TargetGroup) -> aws.lb.ListenerRule:
        """A rule that no request matches. A load balancer checks the targets of a group only if a rule leads there, and
        a pod that is not checked never counts as ready.

        Sources: github.com/kubernetes-sigs/aws-load-balancer-controller/issues/3753,
        docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html (Target.NotInUse)
        """
        nobody = aws.lb.ListenerRuleConditionArgs(
            source_ip=aws.lb.ListenerRuleConditionSourceIpArgs(values=[RESERVED_ADDRESS])
        )
        return self._rule(f"{self._name}-{suffix}", attaching_priority(self._name, suffix), [nobody], group, [])

    def turn(self, after: Sequence[pulumi.Resource] = ()) -> aws.lb.ListenerRule:
        """Makes the rule that leads requests here, once `after` stands."""
        args = self._args
        derived = derived_priority(self._name, args.paths, args.hosts)
        priority = derived if args.priority is None else args.priority
        return self._rule(self._name, priority, conditions(args.paths, args.hosts), self._group, after)

    def _rule(
        self,
        name: str,
        priority: int,
        matching: Sequence[aws.lb.ListenerRuleConditionArgs],
        group: aws.lb.TargetGroup,
        after: Sequence[pulumi.Resource],
    ) -> aws.lb.ListenerRule:
        return aws.lb.ListenerRule(
            name,
            listener_arn=self._args.load_balancer.listener_arn,
            priority=priority,
            actions=[aws.lb.ListenerRuleActionArgs(type="forward", target_group_arn=group.arn)],
            conditions=list(matching),
            tags=self._tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(after),
                # ECS writes the live group's weight there with every deployment.
                ignore_changes=["actions"] if self._args.paired else None,
            ),
        )


def conditions(paths: Sequence[str], hosts: Sequence[str]) -> list[aws.lb.ListenerRuleConditionArgs]:
    """One of the hosts, where there are any, and one of the paths."""
    by_path = aws.lb.ListenerRuleConditionArgs(
        path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=list(paths))
    )
    by_host = aws.lb.ListenerRuleConditionArgs(
        host_header=aws.lb.ListenerRuleConditionHostHeaderArgs(values=list(hosts))
    )
    return [by_host, by_path] if hosts else [by_path]
