"""Checks of what stands between the internet and the services."""

from collections.abc import Iterator

from infra.settings.checking import Values
from infra.settings.problems import Finding, show


def edge_findings(load_balancer: Values, top: Values) -> Iterator[Finding]:
    """Every contradiction at the edge."""
    yield from _certificate(load_balancer, top)


def _certificate(load_balancer: Values, top: Values) -> Iterator[Finding]:
    arn = load_balancer.get("certificate_arn", "none")
    if arn == "none":
        return
    path = ("load_balancer", "certificate_arn")
    region, account = arn.split(":")[3:5]
    if region != top.get("aws:region", region):
        wanted = top["aws:region"]
        yield Finding(
            path, f"{show(path, arn)}: it is of region {region}, the load balancer of {wanted}; make one in {wanted}"
        )
    if account != top.get("account", account):
        wanted = top["account"]
        yield Finding(
            path, f"{show(path, arn)}: it is of account {account}, this stack of {wanted}; use one of {wanted}"
        )
