"""Checks of what stands between the internet and the services."""

from collections.abc import Iterator, Mapping

from components.edge.domain_names import certificate_problems
from components.edge.waf_constraints import exclusion_problems, flood_problems, weight_problems
from infra.settings.checking import Values, at
from infra.settings.edge import Waf, protection
from infra.settings.problems import Finding, show


def edge_findings(
    domain: Values, load_balancer: Values, waf: Values, services: Mapping[str, Values], top: Values
) -> Iterator[Finding]:
    """Every contradiction at the edge."""
    yield from _certificate(load_balancer, top)
    yield from _domain(domain, services)
    yield from _waf(waf)


def _domain(domain: Values, services: Mapping[str, Values]) -> Iterator[Finding]:
    """Hosts hang below a domain, and one certificate holds them all."""
    if "name" not in domain:
        return
    if domain["name"] != "none":
        hosts = [host for service in services.values() for host in service.get("hosts", ())]
        yield from at(("domain",), certificate_problems(domain["name"], hosts))
        return
    for name, service in services.items():
        if service.get("hosts"):
            path = ("services", name, "hosts")
            why = "there is no domain that they could hang below; set headroom:domain.name, or take them out"
            yield Finding(path, f"{show(path, service['hosts'])}: {why}")


def _waf(waf: Values) -> Iterator[Finding]:
    """What groups and limits are together; their values by themselves are right, or told of already."""
    if set(waf) < set(Waf.model_fields):
        return
    chosen = protection(waf)
    yield from at(("waf",), [*flood_problems(chosen.flood_requests), *exclusion_problems(chosen)])
    yield from at(("waf",), weight_problems(chosen) if chosen.mode != "off" else ())


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
