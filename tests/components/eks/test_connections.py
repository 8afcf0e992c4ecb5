"""What a cluster's nodes reach, and what reaches them."""

from collections.abc import Callable
from typing import Any

from components.eks.connections import EksConnections, EksConnectionsArgs, Store
from components.links import LoadBalancerLink

Run = Callable[..., Any]
BALANCER = LoadBalancerLink(arn_suffix="app/alb/1", listener_arn="listener", security_group_id="sg-alb")


def test_each_port_is_opened_once_however_many_services_use_it(run: Run) -> None:
    args = EksConnectionsArgs(
        security_group_id="sg-nodes",
        load_balancer=BALANCER,
        ports=[5000, 5000, 3000],
        stores={"main": Store(security_group_id="sg-database", ports=[5432, 5432])},
    )
    stack = run(lambda: EksConnections("main", args))
    into = {r["name"]: r["inputs"] for r in stack.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")}
    assert set(into) == {"main-load-balancer-3000", "main-load-balancer-5000", "main-main-5432"}
    assert into["main-main-5432"]["securityGroupId"] == "sg-database"
    assert into["main-main-5432"]["referencedSecurityGroupId"] == "sg-nodes"
    assert into["main-load-balancer-5000"]["referencedSecurityGroupId"] == "sg-alb"
    assert len(stack.all("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")) == 2
